// The statistics page, for people, and which of the texts an address means.
// Pure.
#ifndef TANDEM_SPLITFWD_SHOW_PAGE_H
#define TANDEM_SPLITFWD_SHOW_PAGE_H

#include <stdint.h>

#include <string>

#include "splitfwd/route/snapshot.h"

namespace splitfwd {

std::string escape_html(const std::string& s);
// "3d4h", "2m5s", "0s": the two largest units.
std::string age_text(uint64_t ms);
// "813", "13.2k", "1.5M", ...: three digits, units of 1000.
std::string short_number(uint64_t n);

// What a request's target asks for: the uri itself, with ;csv behind it, or
// /metrics. refresh: the page may load itself again, there is no
// ;norefresh. scope: of ;scope=TEXT, what is in the names that are shown.
enum class Show { Nothing, Page, Csv, Metrics };
Show route(const std::string& target, const std::string& uri, bool* refresh,
           std::string* scope);

// HTML; refresh_ms 0: it does not load itself again. Nothing is fetched for
// it. A state is a word; the colour only repeats it.
std::string page_html(const Snapshot& snapshot, uint64_t refresh_ms);

}  // namespace splitfwd

#endif
