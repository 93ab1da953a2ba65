#!/bin/bash
# The nine functional tests with what the seed's operators run: MySQL 5.6, asynchronous.
cd "$(dirname "$0")" && DB_FLAVOUR=mysql56 exec ./nine_test.sh
