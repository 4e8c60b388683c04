// SPDX-License-Identifier: GPL-3.0-or-later
// RegisterFindCallback and RegisterWorklistCallback: Python answers C-FIND requests, of the patient and study models or of
// worklists.
#include "bindings/domains.h"
#include "bindings/runtime.h"
#include "callbacks/registry/single_registration.h"
#include "sdk_services.h"

namespace orthanc_python {

namespace {

single_registration find_callback("a C-FIND callback", {"find"});
single_registration worklist_callback("a worklist callback", {"worklist"});

// Calls the function with the loans of `answers` and `query`, and then with what the makers of the others return.
template <class Answers, class Query, class... Others>
OrthancPluginErrorCode answer_query(const single_registration& registered, const char* what, Answers* answers,
                                    const Query* query, const Others&... others) noexcept {
  OrthancPluginErrorCode code = OrthancPluginErrorCode_Plugin;
  run_callback([&] {
    const registered_function callback = registered.at(0);
    const bool answered = guarded([&] {
      const loan<Answers> lent_answers(answers);
      const loan<Query> lent_query(query);
      run_python(measured_call(callback), lent_answers.object(), lent_query.object(), others().object()...);
    });
    code = answered ? OrthancPluginErrorCode_Success : report_error(what, callback);
  });
  return code;
}

// A text or a loan to be made when the GIL is held.
struct made_text {
  nb::object text;
  PyObject* object() const noexcept { return text.ptr(); }
};

auto text_maker(const char* text) {
  return [text] { return made_text{to_text(text)}; };
}

OrthancPluginErrorCode on_find(OrthancPluginFindAnswers* answers, const OrthancPluginFindQuery* query, const char* issuer,
                               const char* called) noexcept {
  return answer_query(find_callback, "the C-FIND callback", answers, query, text_maker(issuer), text_maker(called));
}

OrthancPluginErrorCode on_worklist(OrthancPluginWorklistAnswers* answers, const OrthancPluginWorklistQuery* query,
                                   const char* issuer, const char* called) noexcept {
  return answer_query(worklist_callback, "the worklist callback", answers, query, text_maker(issuer), text_maker(called));
}

void register_find(const callback_argument& callback) {
  find_callback.set({callback}, [] {
    call(services::RegisterFindCallback, [] { return OrthancPluginRegisterFindCallback(sdk(), on_find); });
  });
}

void register_worklist(const callback_argument& callback) {
  worklist_callback.set({callback}, [] {
    call(services::RegisterWorklistCallback, [] { return OrthancPluginRegisterWorklistCallback(sdk(), on_worklist); });
  });
}

#if ORTHANC_SDK_HAS_RegisterFindCallback2

auto loan_maker(const OrthancPluginDicomConnection* connection) {
  return [connection] { return loan<OrthancPluginDicomConnection>(connection); };
}

OrthancPluginErrorCode on_find2(OrthancPluginFindAnswers* answers, const OrthancPluginFindQuery* query,
                                const OrthancPluginDicomConnection* connection) noexcept {
  return answer_query(find_callback, "the C-FIND callback", answers, query, loan_maker(connection));
}

OrthancPluginErrorCode on_worklist2(OrthancPluginWorklistAnswers* answers, const OrthancPluginWorklistQuery* query,
                                    const OrthancPluginDicomConnection* connection) noexcept {
  return answer_query(worklist_callback, "the worklist callback", answers, query, loan_maker(connection));
}

void register_find2(const callback_argument& callback) {
  find_callback.set({callback}, [] {
    call(services::RegisterFindCallback2, [] { return OrthancPluginRegisterFindCallback2(sdk(), on_find2); });
  });
}

void register_worklist2(const callback_argument& callback) {
  worklist_callback.set({callback}, [] {
    call(services::RegisterWorklistCallback2, [] { return OrthancPluginRegisterWorklistCallback2(sdk(), on_worklist2); });
  });
}

#endif

}  // namespace

void init_find_callbacks(nb::module_& module) {
  define<"RegisterFindCallback"_routine>(module, &register_find);
  define<"RegisterWorklistCallback"_routine>(module, &register_worklist);
#if ORTHANC_SDK_HAS_RegisterFindCallback2
  define<"RegisterFindCallback2"_routine>(module, &register_find2);
  define<"RegisterWorklistCallback2"_routine>(module, &register_worklist2);
#endif
}

}  // namespace orthanc_python
