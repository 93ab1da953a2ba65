// As much of HTTP/1.x as a status page needs: the head of one request, basic
// authentication (RFC 7617), one response. Pure; every byte is hostile.
#ifndef TANDEM_SPLITFWD_SHOW_HTTP_H
#define TANDEM_SPLITFWD_SHOW_HTTP_H

#include <stddef.h>

#include <string>
#include <vector>

#include "lib/error.h"

namespace splitfwd {

const size_t kHeadBytesMax = 8192;

struct HttpRequest {
  std::string method;
  std::string target;         // as sent
  std::string authorization;  // value of the header; empty: none
};
// More: the head is not complete. Bad: it never will be right.
enum class HttpHead { More, Done, Bad };
// *out is stored with Done only. A body is not for us and not looked at.
HttpHead parse_request(const std::string& bytes, HttpRequest* out);

std::string base64(const std::string& bytes);
// USER:PASSWORD lines as what clients send for them. Blank lines and those
// that begin with '#' are skipped. False: *line is wrong or the sample's, or
// there is none.
TANDEM_MUST_USE bool parse_credentials(const std::string& text,
                                       std::vector<std::string>* out,
                                       int* line);
// The request may see the page. Takes as long for a wrong one as for a right.
bool is_authorized(const HttpRequest& request,
                   const std::vector<std::string>& credentials);

// A whole response that ends the connection. 401 asks for authentication.
// Says nothing about who we are. head_only: the answer to HEAD.
// type: of a body that is shown (200); others have a text of their own.
std::string http_response(int status, const std::string& shown,
                          const char* type, bool head_only);

}  // namespace splitfwd

#endif
