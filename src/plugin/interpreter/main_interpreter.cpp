// SPDX-License-Identifier: GPL-3.0-or-later
#include "interpreter/main_interpreter.h"

#include <array>

extern "C" PyObject* PyInit_orthanc();

namespace orthanc_python {

namespace {

bool refused() noexcept {
  if (in_main_interpreter()) {
    return false;
  }
  PyErr_SetString(PyExc_ImportError,
                  "the module 'orthanc' cannot be imported in a sub-interpreter: call Orthanc in the main interpreter, which "
                  "runs the script");
  return true;
}

using execution = int (*)(PyObject*);

execution fill = nullptr;         // nanobind's function that fills the new module
PyObject* filled = nullptr;       // the module; the embedded code holds the reference
void* state_of_module = nullptr;  // nanobind's pointer in the memory of the module

// A script may delete the module from sys.modules, or replace it there, and import it again. It gets the same module: there is
// one Orthanc. nanobind would make all classes anew, but existing objects would be of the former ones.
PyObject* create_module(PyObject* spec, PyModuleDef*) noexcept {
  if (refused()) {
    return nullptr;
  }
  if (filled != nullptr) {
    return Py_NewRef(filled);
  }
  PyObject* name = PyObject_GetAttrString(spec, "name");
  PyObject* module = name == nullptr ? nullptr : PyModule_NewObject(name);
  Py_XDECREF(name);
  return module;
}

// CPython forgets the memory of a module that has been there before, and gives it new memory.
int fill_module(PyObject* module) noexcept {
  if (refused()) {
    return -1;
  }
  auto* const state = static_cast<void**>(PyModule_GetState(module));
  if (module == filled) {
    *state = state_of_module;
    return 0;
  }
  if (fill(module) != 0) {
    return -1;
  }
  state_of_module = *state;
  filled = module;
  return 0;
}

// Replaces the function that nanobind executes. Since CPython 3.13 the main interpreter calls the function of a module that a
// sub-interpreter imports; its slots are executed by the latter.
void replace_slots(PyModuleDef& module) noexcept {
  static std::array<PyModuleDef_Slot, 8> slots{};
  static const PyModuleDef_Slot* const replaced = module.m_slots;  // nanobind's memory: it lives as long as its definition
  std::size_t count = 0;
  slots[count++] = {Py_mod_create, reinterpret_cast<void*>(create_module)};
  for (const PyModuleDef_Slot* slot = replaced; slot->slot != 0 && count + 1 < slots.size(); ++slot) {
    slots[count] = *slot;
    if (slot->slot == Py_mod_exec) {
      fill = reinterpret_cast<execution>(slot->value);
      slots[count].value = reinterpret_cast<void*>(fill_module);
    }
#if PY_VERSION_HEX >= 0x030C0000
    if (slot->slot == Py_mod_multiple_interpreters) {
      slots[count].value = Py_MOD_PER_INTERPRETER_GIL_SUPPORTED;  // or CPython would refuse it first, and say less
    }
#endif
    ++count;
  }
  module.m_slots = slots.data();
}

}  // namespace

PyObject* init_in_main_interpreter() noexcept {
  if (refused()) {
    return nullptr;
  }
  PyObject* module = PyInit_orthanc();
  static bool changed = false;
  if (module != nullptr && !changed) {
    changed = true;
    replace_slots(*reinterpret_cast<PyModuleDef*>(module));
  }
  return module;
}

}  // namespace orthanc_python
