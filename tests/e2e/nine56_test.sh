#!/bin/bash
# The nine functional tests with what the seed's operators run: MySQL 5.6, asynchronous, its my.cnf edited.
cd "$(dirname "$0")" && DB_FLAVOUR=mysql56 EDIT_MY_CNF=1 exec ./nine_test.sh
