// The answer to a statement, as text.
#ifndef TANDEM_PROMOTE_ROWS_H
#define TANDEM_PROMOTE_ROWS_H

#include <strings.h>

#include <string>
#include <vector>

namespace promote {

struct Rows {
  std::vector<std::string> names;
  std::vector<std::vector<std::string> > rows;  // NULL = ""
  // The value in this row's column; "" when there is none: what came may have
  // fewer than were asked for.
  std::string at(size_t row, size_t column) const {
    return row < rows.size() && column < rows[row].size() ? rows[row][column]
                                                          : std::string();
  }
  // The value in this row's column of that name; "" when there is none.
  std::string get(size_t row, const char* name) const {
    for (size_t i = 0; i < names.size() && row < rows.size(); ++i) {
      if (strcasecmp(names[i].c_str(), name) == 0) return at(row, i);
    }
    return std::string();
  }
};

}  // namespace promote

#endif
