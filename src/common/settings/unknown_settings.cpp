// SPDX-License-Identifier: GPL-3.0-or-later
#include "settings/unknown_settings.h"

#include <algorithm>
#include <string_view>

#include "log_text.h"
#include "settings/settings.h"

namespace orthanc_python {

namespace {

constexpr double least_likeness = 0.6;

// Independent of the locale.
std::string lower_case(std::string text) {
  for (char& each : text) {
    each = each >= 'A' && each <= 'Z' ? static_cast<char>(each - 'A' + 'a') : each;
  }
  return text;
}

// Return how many characters two texts have in common: their longest common part, and the same of what is on each side of it.
std::size_t common_characters(std::string_view one, std::string_view other) {
  std::size_t longest = 0;
  std::size_t end_in_one = 0;
  std::size_t end_in_other = 0;
  std::vector<std::size_t> lengths(other.size() + 1);  // of the common parts that end at a place of `other`
  for (std::size_t i = 1; i <= one.size(); ++i) {
    for (std::size_t j = other.size(); j > 0; --j) {
      lengths[j] = one[i - 1] == other[j - 1] ? lengths[j - 1] + 1 : 0;
    }
    if (const auto best = std::max_element(lengths.begin(), lengths.end()); *best > longest) {
      longest = *best;
      end_in_one = i;
      end_in_other = static_cast<std::size_t>(best - lengths.begin());
    }
  }
  if (longest == 0) {
    return 0;
  }
  return longest + common_characters(one.substr(0, end_in_one - longest), other.substr(0, end_in_other - longest)) +
         common_characters(one.substr(end_in_one), other.substr(end_in_other));
}

// As difflib.SequenceMatcher(None, known, name).ratio() of Python.
double likeness(std::string_view known, std::string_view name) {
  return 2.0 * static_cast<double>(common_characters(known, name)) / static_cast<double>(known.size() + name.size());
}

// Return the setting that others call so, or else the one of the most similar name; "" if none is similar.
std::string meant_setting(const std::string& name) {
  const std::string lower_name = lower_case(name);
  std::string compared = lower_name;
  std::erase(compared, '_');
  std::string nearest;
  double best = least_likeness;
  for (const auto& [known, schema] : std::get<json_value::object>(section_table().content)) {
    const std::vector<std::string> aliases = texts_setting(schema, "aliases");
    if (std::any_of(aliases.begin(), aliases.end(), [&](const std::string& each) { return lower_case(each) == lower_name; })) {
      return known;
    }
    if (const double like = likeness(lower_case(known), compared); like >= best) {
      best = like;
      nearest = known;
    }
  }
  return nearest;
}

std::string advice(const std::string& name) {
  const std::string meant = meant_setting(name);
  if (!meant.empty()) {
    return "write \"" + meant + "\" instead";
  }
  std::string known;
  for (const auto& [each, schema] : std::get<json_value::object>(section_table().content)) {
    known += (known.empty() ? "" : ", ") + each;
  }
  return "remove it; known are " + known;
}

}  // namespace

std::vector<std::string> warnings_of_unknown(const std::vector<std::string>& names) {
  std::vector<std::string> result;
  result.reserve(names.size());
  for (const std::string& name : names) {
    result.push_back("Python: the setting \"" + one_line(name) +
                     "\" of the section \"Python\" is unknown and ignored: " + advice(name));
  }
  return result;
}

}  // namespace orthanc_python
