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

int execute(PyObject*) noexcept { return refused() ? -1 : 0; }

// Puts `execute` before what nanobind executes. Since CPython 3.13 the main interpreter calls the function of a module that a
// sub-interpreter imports; its slots are executed by the latter.
void put_check_first(PyModuleDef& module) noexcept {
  static std::array<PyModuleDef_Slot, 8> slots{};
  static const PyModuleDef_Slot* const replaced = module.m_slots;  // nanobind's memory, which lives as long as its definition
  std::size_t count = 0;
  slots[count++] = {Py_mod_exec, reinterpret_cast<void*>(execute)};
  for (const PyModuleDef_Slot* slot = replaced; slot->slot != 0 && count + 1 < slots.size(); ++slot) {
    slots[count] = *slot;
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
    put_check_first(*reinterpret_cast<PyModuleDef*>(module));
  }
  return module;
}

}  // namespace orthanc_python
