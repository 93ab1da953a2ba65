// The operator's orders as lines of text, for the worker process after this
// one: a reload must not put a drained server to work. Pure.
#ifndef TANDEM_SPLITFWD_ROUTE_ORDERS_H
#define TANDEM_SPLITFWD_ROUTE_ORDERS_H

#include <string>
#include <vector>

#include "splitfwd/config.h"
#include "splitfwd/route/balance.h"

namespace splitfwd {

// A line for each server and each listener where an order stands; closed: by
// listener.
std::vector<std::string> format_orders(const Config& config,
                                       const Balance& balance,
                                       const std::vector<bool>& closed);
// Carries one out; a weight only while the file says what it said then. False:
// it is none. What is no longer in the file is passed over.
bool restore_order(const std::string& text, const Config& config,
                   Balance* balance, std::vector<bool>* closed);

}  // namespace splitfwd

#endif
