// Draws what the demo saw: a writer's log as a line of characters with the decisions under it, one scene after the other;
// or all of them as a table, or as a picture. It knows nothing of tandem: scenes are files of lines 'KEY VALUE', in any order:
//
//   title TEXT          writer LABEL|LOG     a log of tests/e2e/client write; more than one is drawn one below the other
//   from_ms, to_ms MS   zero_ms MS           what is drawn, and where its time begins (CLOCK_MONOTONIC, as in the logs)
//   event MS WHO TEXT                        MS counted from zero_ms; in the order in which they are to be read
//   outage TEXT, lost TEXT, end TEXT, others TEXT    what came of it, and what others do in the same scene
//
// usage: timeline text SCENE | table SCENE... | svg SCENE...
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <string>
#include <vector>

namespace {

const double kCellMs = 20;
const size_t kRowCells = 60;

struct Event {
  double ms;
  std::string who, text;
};

struct Writer {
  std::string label, cells;  // '#': a write was acknowledged in these 20 ms
};

struct Scene {
  std::string title, outage, lost, end, others;
  double from_ms = 0, to_ms = 0, zero_ms = 0;
  std::vector<std::string> logs;
  std::vector<Writer> writers;
  std::vector<Event> events;

  size_t cell_of(double ms) const {
    const double cell = (zero_ms + ms - from_ms) / kCellMs;
    return cell < 0 ? 0 : static_cast<size_t>(cell);
  }
};

int die(const std::string& what) {
  fprintf(stderr, "timeline: %s\n", what.c_str());
  return 2;
}

bool read_lines(const std::string& path, std::vector<std::string>* lines) {
  FILE* file = fopen(path.c_str(), "re");
  if (file == nullptr) return false;
  char line[1024];
  while (fgets(line, sizeof line, file) != nullptr) {
    line[strcspn(line, "\n")] = '\0';
    lines->push_back(line);
  }
  fclose(file);
  return true;
}

// Cuts the first word off.
std::string take_word(std::string* text) {
  const size_t at = text->find(' ');
  const std::string word = text->substr(0, at);
  *text = at == std::string::npos ? "" : text->substr(at + 1);
  return word;
}

void read_event(std::string text, Scene* scene) {
  Event event;
  event.ms = strtod(take_word(&text).c_str(), nullptr);
  event.who = take_word(&text);
  event.text = text;
  scene->events.push_back(event);
}

bool read_writer(const std::string& log, const Scene& scene, Writer* writer) {
  std::vector<std::string> lines;
  if (!read_lines(log, &lines)) return false;
  writer->cells.assign(static_cast<size_t>((scene.to_ms - scene.from_ms) / kCellMs), '.');
  for (const std::string& line : lines) {
    double done_ms;
    char verdict[8];
    if (sscanf(line.c_str(), "%*d %*f %lf %7s", &done_ms, verdict) != 2 || strcmp(verdict, "ok") != 0) continue;
    if (done_ms < scene.from_ms) continue;
    const size_t cell = static_cast<size_t>((done_ms - scene.from_ms) / kCellMs);
    if (cell < writer->cells.size()) writer->cells[cell] = '#';
  }
  return true;
}

bool read_scene(const std::string& path, Scene* scene) {
  std::vector<std::string> lines;
  if (!read_lines(path, &lines)) return false;
  for (std::string line : lines) {
    const std::string key = take_word(&line);
    if (key == "title") scene->title = line;
    else if (key == "outage") scene->outage = line;
    else if (key == "lost") scene->lost = line;
    else if (key == "end") scene->end = line;
    else if (key == "others") scene->others = line;
    else if (key == "from_ms") scene->from_ms = strtod(line.c_str(), nullptr);
    else if (key == "to_ms") scene->to_ms = strtod(line.c_str(), nullptr);
    else if (key == "zero_ms") scene->zero_ms = strtod(line.c_str(), nullptr);
    else if (key == "event") read_event(line, scene);
    else if (key == "writer") scene->logs.push_back(line);
    else return false;
  }
  if (!(scene->from_ms < scene->to_ms) || scene->to_ms - scene->from_ms > 60000) return false;
  for (const std::string& log : scene->logs) {
    const size_t bar = log.find('|');
    Writer writer;
    writer.label = log.substr(0, bar);
    if (bar == std::string::npos || !read_writer(log.substr(bar + 1), *scene, &writer)) return false;
    scene->writers.push_back(writer);
  }
  return !scene->writers.empty();
}

// The letter of each event; those in one cell share it, and "" is for one that lies outside.
std::vector<std::string> letters_of(const Scene& scene) {
  std::vector<std::string> letters;
  std::vector<size_t> cells;
  char next = 'a';
  for (const Event& event : scene.events) {
    const size_t cell = scene.cell_of(event.ms);
    std::string letter;
    for (size_t i = 0; i < cells.size(); ++i) {
      if (cells[i] == cell) letter = letters[i];
    }
    if (letter.empty() && cell < scene.writers[0].cells.size() && next <= 'z') letter = next++;
    letters.push_back(letter);
    cells.push_back(cell);
  }
  return letters;
}

// As many columns as the longest label has.
size_t label_width(const Scene& scene) {
  size_t width = 0;
  for (const Writer& writer : scene.writers) {
    if (writer.label.size() > width) width = writer.label.size();
  }
  return width;
}

std::string rtrim(const std::string& text) { return text.substr(0, text.find_last_not_of(' ') + 1); }

void print_text(const Scene& scene) {
  const std::vector<std::string> letters = letters_of(scene);
  const size_t cells = scene.writers[0].cells.size(), width = label_width(scene);
  for (size_t at = 0; at < cells; at += kRowCells) {
    std::string marks(kRowCells, ' ');
    for (size_t i = 0; i < scene.events.size(); ++i) {
      const size_t cell = scene.cell_of(scene.events[i].ms);
      if (!letters[i].empty() && cell >= at && cell < at + kRowCells) marks[cell - at] = letters[i][0];
    }
    for (const Writer& writer : scene.writers) {
      printf("   %-*s  %s\n", static_cast<int>(width), writer.label.c_str(), writer.cells.substr(at, kRowCells).c_str());
    }
    printf("%s\n", rtrim(std::string(width + 5, ' ') + marks).c_str());
  }
  for (size_t i = 0; i < scene.events.size(); ++i) {
    const Event& event = scene.events[i];
    printf("   %1s %+6.0f ms  %-5s %s\n", letters[i].c_str(), event.ms, event.who.c_str(), event.text.c_str());
  }
  printf("   => without a write %s, lost %s; %s\n", scene.outage.c_str(), scene.lost.c_str(), scene.end.c_str());
}

const char* kTableHead[] = {"scene", "without a write", "acknowledged writes lost", "Heartbeat 3 + HAProxy"};

void print_table(const std::vector<Scene>& scenes) {
  const char* row = "   %-40s %15s  %-24s  %s\n";
  printf(row, kTableHead[0], kTableHead[1], kTableHead[2], kTableHead[3]);
  for (const Scene& scene : scenes) {
    printf(row, scene.title.c_str(), scene.outage.c_str(), scene.lost.c_str(), scene.others.c_str());
  }
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') out += "&amp;";
    else if (c == '<') out += "&lt;";
    else if (c == '>') out += "&gt;";
    else out += c;
  }
  return out;
}

const int kLeft = 20, kCellWidth = 6, kStripHeight = 14, kLine = 16, kWidth = 1000;

void put_text(int x, int y, const char* style, const std::string& text) {
  printf("<text x=\"%d\" y=\"%d\" class=\"%s\">%s</text>\n", x, y, style, escaped(text).c_str());
}

// Cells that are alike are one bar.
void put_strip(int y, const std::string& cells) {
  for (size_t at = 0; at < cells.size();) {
    size_t end = cells.find_first_not_of(cells[at], at);
    if (end == std::string::npos) end = cells.size();
    printf("<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" class=\"%s\"/>\n", kLeft + static_cast<int>(at) * kCellWidth, y,
           static_cast<int>(end - at) * kCellWidth, kStripHeight, cells[at] == '#' ? "yes" : "no");
    at = end;
  }
}

int scene_height(const Scene& scene) {
  return 30 + static_cast<int>(scene.writers.size()) * (kStripHeight + 14) + 12 +
         static_cast<int>(scene.events.size() + 1) * kLine + 14;
}

// Draws it from y on downwards; as high as scene_height says.
void put_scene(int y, const Scene& scene) {
  put_text(kLeft, y + 18, "title", scene.title);
  y += 30;
  for (const Writer& writer : scene.writers) {
    put_text(kLeft, y + 8, "small", writer.label);
    y += 12;
    put_strip(y, writer.cells);
    y += kStripHeight + 2;
  }
  const std::vector<std::string> letters = letters_of(scene);
  std::string drawn;
  for (size_t i = 0; i < scene.events.size(); ++i) {
    if (letters[i].empty() || drawn.find(letters[i]) != std::string::npos) continue;
    drawn += letters[i];
    put_text(kLeft + static_cast<int>(scene.cell_of(scene.events[i].ms)) * kCellWidth, y + 10, "mark", letters[i]);
  }
  y += 12;
  for (size_t i = 0; i < scene.events.size(); ++i) {
    char head[64];
    y += kLine;
    snprintf(head, sizeof head, "%1s %+6.0f ms", letters[i].c_str(), scene.events[i].ms);
    put_text(kLeft, y, "mono", head);
    put_text(kLeft + 100, y, "who", scene.events[i].who);
    put_text(kLeft + 145, y, "mono", scene.events[i].text);
  }
  put_text(kLeft, y + kLine + 2, "end", "Without a write " + scene.outage + ", lost " + scene.lost + "; " + scene.end);
}

void put_row(int y, const char* style, const std::string& a, const std::string& b, const std::string& c,
             const std::string& d) {
  put_text(kLeft, y, style, a);
  put_text(kLeft + 330, y, style, b);
  put_text(kLeft + 460, y, style, c);
  put_text(kLeft + 650, y, style, d);
}

void print_svg(const std::vector<Scene>& scenes) {
  int height = 30 + static_cast<int>(scenes.size() + 2) * 20;
  for (const Scene& scene : scenes) height += scene_height(scene);
  printf("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n", kWidth, height, kWidth,
         height);
  printf("<style>text{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:12px;fill:#222;white-space:pre}"
         ".title{font-size:15px;font-weight:bold}.small{font-size:10px;fill:#666}.mark{font-size:10px}"
         ".who{font-weight:bold}.end{font-weight:bold;fill:#174}.head{font-weight:bold}"
         ".yes{fill:#2a9d5c}.no{fill:#e9c0b8}</style>\n");
  printf("<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n", kWidth, height);
  int y = 20;
  put_text(kLeft, y, "small", "a writer through the virtual address; each cell is 20 ms, green where a write was acknowledged");
  y += 4;
  for (const Scene& scene : scenes) {
    put_scene(y, scene);
    y += scene_height(scene);
  }
  y += 16;
  put_row(y, "head", kTableHead[0], kTableHead[1], kTableHead[2], kTableHead[3]);
  for (const Scene& scene : scenes) {
    y += 20;
    put_row(y, "mono", scene.title, scene.outage, scene.lost, scene.others);
  }
  printf("</svg>\n");
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 2 ? argv[1] : "";
  std::vector<Scene> scenes;
  for (int i = 2; i < argc; ++i) {
    Scene scene;
    if (!read_scene(argv[i], &scene)) return die(std::string(argv[i]) + ": not a scene");
    scenes.push_back(scene);
  }
  if (mode == "text" && scenes.size() == 1) print_text(scenes[0]);
  else if (mode == "table") print_table(scenes);
  else if (mode == "svg") print_svg(scenes);
  else return die("usage: timeline text SCENE | table SCENE... | svg SCENE...");
  return fflush(stdout) == 0 && ferror(stdout) == 0 ? 0 : die("cannot write");
}
