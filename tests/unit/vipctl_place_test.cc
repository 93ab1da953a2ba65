// Where an address goes on a host, and whose it is when it is there.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include <string.h>

#include "vipctl/place.h"

using namespace vipctl;

static VipSpec spec_of(const char* text) {
  VipSpec spec;
  assert_true(parse_spec(text, &spec).ok());
  return spec;
}

static void add_link(HostNet* net, int index, const char* name) {
  Link link;
  link.index = index;
  link.name = name;
  link.up = true;
  link.has_arp = true;
  net->links.push_back(link);
}

static void add_address(HostNet* net, int index, const char* addr,
                        unsigned prefix_len, const char* label,
                        bool secondary) {
  IfAddress a;
  a.index = index;
  assert_true(tandem::parse_address(addr, &a.addr).ok());
  a.prefix_len = prefix_len;
  a.label = label;
  a.secondary = secondary;
  a.permanent = true;
  net->addresses.push_back(a);
}

static void add_route(HostNet* net, int index, const char* dst,
                      unsigned prefix_len, bool direct, uint32_t metric) {
  Route r;
  r.index = index;
  assert_true(tandem::parse_address(dst, &r.dst).ok());
  r.prefix_len = prefix_len;
  r.direct = direct;
  r.metric = metric;
  net->routes.push_back(r);
}

// hdp3: eth0 in the service's subnet, eth1 towards the rest of the world.
static HostNet hdp3() {
  HostNet net;
  add_link(&net, 2, "eth0");
  add_link(&net, 3, "eth1");
  add_address(&net, 2, "172.16.1.126", 24, "eth0", false);
  add_address(&net, 3, "10.9.0.126", 16, "eth1", false);
  add_route(&net, 3, "0.0.0.0", 0, false, 0);
  add_route(&net, 3, "10.9.0.0", 16, true, 0);
  add_route(&net, 2, "172.16.1.0", 24, true, 100);
  return net;
}

static Place chosen(const char* spec, const HostNet& net) {
  Place p;
  tandem::Error e = choose_place(spec_of(spec), net, &p);
  assert_string_equal(e.c_str(), "");
  return p;
}

static void interface_is_found_by_the_longest_route(void**) {
  const HostNet net = hdp3();
  assert_string_equal(chosen("172.16.1.100", net).link.name.c_str(), "eth0");
  assert_string_equal(chosen("10.9.3.3", net).link.name.c_str(), "eth1");
  assert_string_equal(chosen("192.0.2.1", net).link.name.c_str(), "eth1");
  assert_string_equal(chosen("172.16.1.100/eth1", net).link.name.c_str(),
                      "eth1");
}

static void of_two_equal_routes_the_lower_metric_wins(void**) {
  HostNet net = hdp3();
  add_route(&net, 3, "172.16.1.0", 24, true, 50);
  assert_string_equal(chosen("172.16.1.100", net).link.name.c_str(), "eth1");
}

static void prefix_is_the_specs_then_the_subnets_then_the_routes(void**) {
  HostNet net = hdp3();
  assert_int_equal(chosen("172.16.1.100/28/eth0", net).prefix_len, 28);
  assert_int_equal(chosen("172.16.1.100", net).prefix_len, 24);
  assert_int_equal(chosen("10.9.3.3", net).prefix_len, 16);
  // Not the default route's 0, and not that of a route by a gateway.
  assert_int_equal(chosen("192.0.2.1", net).prefix_len, 32);
  add_route(&net, 3, "192.0.2.0", 25, false, 0);
  assert_int_equal(chosen("192.0.2.1", net).prefix_len, 32);
  add_route(&net, 3, "192.0.2.0", 26, true, 0);
  assert_int_equal(chosen("192.0.2.1", net).prefix_len, 26);
}

static void label_is_the_lowest_free_number(void**) {
  HostNet net = hdp3();
  assert_string_equal(chosen("172.16.1.100/24/eth0", net).label.c_str(),
                      "eth0:0");
  assert_string_equal(chosen("172.16.1.100", net).label.c_str(), "eth0:0");
  add_address(&net, 2, "172.16.1.101", 24, "eth0:0", true);
  add_address(&net, 2, "172.16.1.102", 24, "eth0:2", true);
  assert_string_equal(chosen("172.16.1.100", net).label.c_str(), "eth0:1");
  assert_string_equal(chosen("172.16.1.100/eth0:db", net).label.c_str(),
                      "eth0:db");
}

static void label_fits_a_long_interface_name(void**) {
  HostNet net = hdp3();
  add_link(&net, 4, "fifteen-letters");
  assert_string_equal(chosen("192.0.2.1/fifteen-letters", net).label.c_str(),
                      "fifteen-lette:0");
}

static void it_is_secondary_beside_an_address_of_its_subnet(void**) {
  HostNet net = hdp3();
  assert_false(chosen("172.16.1.100", net).first_in_subnet);
  // The kernel compares equal prefixes only.
  assert_true(chosen("172.16.1.100/25", net).first_in_subnet);
  assert_true(chosen("192.0.2.1", net).first_in_subnet);
  net.addresses[0].scope = 253;
  assert_int_equal(chosen("172.16.1.100", net).scope, 253);
}

static void a_place_that_cannot_be_is_an_error(void**) {
  HostNet net = hdp3();
  Place p;
  tandem::Error e = choose_place(spec_of("172.16.1.100/eth7"), net, &p);
  assert_string_equal(e.c_str(), "there is no interface eth7");
  e = choose_place(spec_of("172.16.1.255"), net, &p);
  assert_non_null(strstr(e.c_str(), "broadcast"));
  net.routes.clear();
  e = choose_place(spec_of("172.16.1.100"), net, &p);
  assert_non_null(strstr(e.c_str(), "no route"));
  assert_int_equal(p.link.index, 0);
}

static void our_address_is_told_from_the_hosts_own(void**) {
  HostNet net = hdp3();
  Place p;
  assert_true(find_place(spec_of("172.16.1.100"), net, &p) == Found::Absent);
  assert_true(find_place(spec_of("172.16.1.126"), net, &p) ==
              Found::HostsOwn);
  add_address(&net, 2, "172.16.1.100", 24, "eth0:0", true);
  add_address(&net, 3, "192.0.2.1", 32, "eth1:0", false);
  assert_true(find_place(spec_of("172.16.1.100"), net, &p) == Found::Ours);
  assert_string_equal(p.text().c_str(), "172.16.1.100/24 on eth0 as eth0:0");
  assert_true(find_place(spec_of("192.0.2.1"), net, &p) == Found::Ours);
  assert_true(p.first_in_subnet);
}

static void an_address_in_another_place_is_not_ours(void**) {
  HostNet net = hdp3();
  add_address(&net, 2, "172.16.1.100", 24, "eth0:0", true);
  Place p;
  assert_true(find_place(spec_of("172.16.1.100/32"), net, &p) ==
              Found::Elsewhere);
  assert_true(find_place(spec_of("172.16.1.100/24/eth1"), net, &p) ==
              Found::Elsewhere);
  assert_string_equal(p.text().c_str(), "172.16.1.100/24 on eth0 as eth0:0");
  // ... unless it is there as told as well.
  add_address(&net, 3, "172.16.1.100", 24, "eth1:0", true);
  assert_true(find_place(spec_of("172.16.1.100/24/eth1"), net, &p) ==
              Found::Ours);
  assert_int_equal(p.link.index, 3);
}

static void it_leads_when_the_hosts_own_is_secondary_to_it(void**) {
  HostNet net = hdp3();
  const Place p = chosen("172.16.1.100/24/eth0", net);
  assert_false(find_standing(net, p).there);
  add_address(&net, 2, "172.16.1.100", 24, "eth0:0", true);
  assert_true(find_standing(net, p).there);
  assert_false(find_standing(net, p).leads);
  // The host's own went and came back; until it does, nothing is to be done.
  net.addresses.erase(net.addresses.begin());
  net.addresses.back().secondary = false;
  net.addresses.back().scope = 253;
  assert_false(find_standing(net, p).leads);
  assert_int_equal(find_standing(net, p).scope, 253);
  add_address(&net, 2, "172.16.1.126", 24, "eth0", true);
  assert_true(find_standing(net, p).there);
  assert_true(find_standing(net, p).leads);
}

static void it_leads_no_virtual_one_and_no_other_subnets(void**) {
  HostNet net = hdp3();
  net.addresses.clear();
  const Place p = chosen("172.16.1.100/24/eth0", net);
  add_address(&net, 2, "172.16.1.100", 24, "eth0:0", false);
  add_address(&net, 2, "172.16.1.101", 24, "eth0:1", true);
  add_address(&net, 2, "172.16.2.1", 24, "eth0", true);
  add_address(&net, 2, "172.16.1.126", 25, "eth0", true);
  add_address(&net, 3, "172.16.1.126", 24, "eth1", true);
  assert_true(find_standing(net, p).there);
  assert_false(find_standing(net, p).leads);
}

static void addresses_that_hang_on_ours_are_seen(void**) {
  HostNet net = hdp3();
  net.addresses.clear();
  add_address(&net, 2, "172.16.1.100", 24, "eth0:0", false);
  Place p;
  assert_true(find_place(spec_of("172.16.1.100"), net, &p) == Found::Ours);
  assert_false(others_depend_on(net, p));
  add_address(&net, 2, "172.16.1.126", 24, "eth0", true);
  assert_true(others_depend_on(net, p));
  net.addresses[0].secondary = true;
  assert_true(find_place(spec_of("172.16.1.100"), net, &p) == Found::Ours);
  assert_false(others_depend_on(net, p));
}

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(interface_is_found_by_the_longest_route),
      cmocka_unit_test(of_two_equal_routes_the_lower_metric_wins),
      cmocka_unit_test(
          prefix_is_the_specs_then_the_subnets_then_the_routes),
      cmocka_unit_test(label_is_the_lowest_free_number),
      cmocka_unit_test(label_fits_a_long_interface_name),
      cmocka_unit_test(it_is_secondary_beside_an_address_of_its_subnet),
      cmocka_unit_test(a_place_that_cannot_be_is_an_error),
      cmocka_unit_test(our_address_is_told_from_the_hosts_own),
      cmocka_unit_test(an_address_in_another_place_is_not_ours),
      cmocka_unit_test(it_leads_when_the_hosts_own_is_secondary_to_it),
      cmocka_unit_test(it_leads_no_virtual_one_and_no_other_subnets),
      cmocka_unit_test(addresses_that_hang_on_ours_are_seen),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
