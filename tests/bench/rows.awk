# The rows of one part and setting: medians by system, the paired ratios.
# awk -v part= -v setting= -f rows.awk targets.txt VALUES
function median(list, n,   i, k, x) {  # sorts
  for (i = 2; i <= n; i++) {
    x = list[i]
    for (k = i - 1; k > 0 && list[k] > x; k--) list[k + 1] = list[k]
    list[k + 1] = x
  }
  return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
}
function plain(x) {
  return x >= 1000 ? sprintf("%.0f", x) : \
    sprintf(x >= 100 ? "%.1f" : x >= 10 ? "%.2f" : "%.3f", x)
}
function share(x) {
  return sprintf(x >= 100 ? "%.0f" : x >= 10 ? "%.1f" : "%.2f", x)
}
function middle(metric, who,   i, list) {
  for (i = 1; i <= rounds; i++) list[i] = value[metric, who, i] + 0
  return median(list, rounds)
}
# The ratios to `who` in the rounds, sorted into ratio[]; their median.
function ratios(metric, who,   i) {
  for (i = 1; i <= rounds; i++) {
    if (!value[metric, who, i]) exit bad = 1
    ratio[i] = value[metric, "splitfwd", i] / value[metric, who, i]
  }
  return median(ratio, rounds)
}
/^#/ { next }
$1 != part || $2 != setting { next }
FILENAME == ARGV[1] { target[$3] = $5; sign[$3] = $4 == "at-most" ? "<=" : ">="; next }
{
  if (!(($3, $4) in known)) known[$3, $4] = 1
  if (!($3 in seen)) { seen[$3] = 1; metrics[++count] = $3 }
  value[$3, $4, $5] = $6
  if ($5 > rounds) rounds = $5
}
END {
  for (t in target) if (!(t in seen)) { bad = 1; exit 1 }
  if (bad || !count) exit 1
  for (m = 1; m <= count; m++) {
    metric = metrics[m]
    r = ratios(metric, "haproxy")
    shown = share(r)
    spread = share(ratio[1]) ".." share(ratio[rounds])
    goal = "-"
    verdict = ""
    if (metric in target) {
      goal = sign[metric] " " target[metric]
      met = sign[metric] == "<=" ? shown + 0 <= target[metric] + 0 \
                                 : shown + 0 >= target[metric] + 0
      verdict = met ? "ok" : "miss"
    }
    printf "%-24s %9s %9s  %6s %-13s %-7s %-4s", part " " setting " " metric, \
      plain(middle(metric, "haproxy")), plain(middle(metric, "splitfwd")), \
      shown, spread, goal, verdict
    if ((metric, "direct") in known) {
      printf " %9s %6s", plain(middle(metric, "direct")), \
        share(ratios(metric, "direct"))
    }
    print ""
  }
}
