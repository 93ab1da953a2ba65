// hbd.ini: any bytes are taken or refused; the effective text is a fixpoint.
#include <stddef.h>
#include <stdint.h>

#include <string>

#include "hbd/config.h"
#include "lib/ini.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t n);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t n) {
  const std::string text(reinterpret_cast<const char*>(data), n);
  tandem::IniFile file;
  if (tandem::IniFile::parse("f", text, &file)) return 0;
  hbd::Settings s, again;
  if (hbd::parse_settings(file, "hdp3", &s)) return 0;
  const std::string printed = hbd::format_settings(s);
  // Defaults that are written out may make a line longer than a file may have.
  if (tandem::IniFile::parse("f", printed, &file)) return 0;
  TANDEM_ASSERT(!hbd::parse_settings(file, "hdp3", &again));
  TANDEM_ASSERT(hbd::format_settings(again) == printed);
  return 0;
}
