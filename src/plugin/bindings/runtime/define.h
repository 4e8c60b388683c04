// SPDX-License-Identifier: GPL-3.0-or-later
// define<"Name"_routine>(module, function): a C++ function or lambda without captures as a function or method of the module.
// Here its arguments are checked and converted, its result too, and its C++ exceptions become Python's.
#pragma once

#include <array>
#include <tuple>
#include <type_traits>
#include <utility>

#include "bindings/runtime/arguments.h"
#include "bindings/runtime/handles.h"
#include "bindings/runtime/routines.h"
#include "sdk/errors.h"

namespace orthanc_python {

// An argument of each C++ type: take() is false for what it does not accept, get() is given to the function.
template <class T> class argument {
public:
  static constexpr const char* accepted = T::name;
  static constexpr bool accepts_none = T::accepts_none;

  bool take(PyObject* given) noexcept {
    value_.object = given;
    return T::accepts(given);
  }
  const T& get() const noexcept { return value_; }

private:
  T value_;
};

template <> class argument<nb::object> {
public:
  static constexpr const char* accepted = "object";
  static constexpr bool accepts_none = true;

  bool take(PyObject* given) noexcept {
    value_ = nb::borrow(given);
    return true;
  }
  nb::object get() noexcept { return std::move(value_); }

private:
  nb::object value_;
};

template <> class argument<double> {
public:
  static constexpr const char* accepted = "float";
  static constexpr bool accepts_none = false;

  bool take(PyObject* given) noexcept {
    const PyNumberMethods* numbers = Py_TYPE(given)->tp_as_number;
    if (numbers == nullptr || (numbers->nb_float == nullptr && numbers->nb_index == nullptr)) {
      return false;
    }
    value_ = PyFloat_AsDouble(given);
    return value_ != -1.0 || PyErr_Occurred() == nullptr;
  }
  double get() const noexcept { return value_; }

private:
  double value_ = 0;
};

template <class T> class argument<handle<T>*> {
public:
  static constexpr const char* accepted = handle_traits<T>::name;
  static constexpr bool accepts_none = true;

  bool take(PyObject* given) noexcept { return given == Py_None || nb::try_cast(nb::handle(given), value_, false); }
  handle<T>* get() const noexcept { return value_; }

private:
  handle<T>* value_ = nullptr;
};

template <class T> class argument<handle<T>&> {
public:
  static constexpr const char* accepted = handle_traits<T>::name;
  static constexpr bool accepts_none = false;

  bool take(PyObject* given) noexcept { return nb::try_cast(nb::handle(given), value_, false) && value_ != nullptr; }
  handle<T>& get() const noexcept { return *value_; }

private:
  handle<T>* value_ = nullptr;
};

// The object of a method of a class that is not one of Orthanc's handles. `python` is for nb::ft_object_guard.
template <class T> struct receiver {
  nb::handle python;
  T* object = nullptr;
  T* operator->() const noexcept { return object; }
};

template <class T> class argument<receiver<T>> {
public:
  bool take(PyObject* given) noexcept {
    value_.python = given;
    return nb::try_cast(value_.python, value_.object, false) && value_.object != nullptr;
  }
  const receiver<T>& get() const noexcept { return value_; }

private:
  receiver<T> value_;
};

namespace detail {

template <class T> struct kept_type {
  using type = std::remove_cvref_t<T>;
};
template <class T> struct kept_type<handle<T>&> {
  using type = handle<T>&;
};

template <class F> struct function_traits : function_traits<decltype(&F::operator())> {};
template <class Result, class... Arguments> struct function_traits<Result (*)(Arguments...)> {
  using result = Result;
  using arguments = std::tuple<argument<typename kept_type<Arguments>::type>...>;
};
template <class Class, class Result, class... Arguments>
struct function_traits<Result (Class::*)(Arguments...) const> : function_traits<Result (*)(Arguments...)> {};

template <class Result> PyObject* to_python(Result&& result) {
  using type = std::remove_cvref_t<Result>;
  if constexpr (std::is_base_of_v<nb::handle, type>) {
    return nb::object(std::forward<Result>(result)).release().ptr();
  } else if constexpr (std::is_same_v<type, bool>) {
    return PyBool_FromLong(result ? 1 : 0);
  } else if constexpr (std::is_integral_v<type> && std::is_signed_v<type>) {
    return PyLong_FromLongLong(result);
  } else if constexpr (std::is_integral_v<type>) {
    return PyLong_FromUnsignedLongLong(result);
  } else {
    return nb::cast(std::forward<Result>(result)).release().ptr();
  }
}

// The functions that CPython calls. A method's object is the function's first argument.
template <std::size_t Index, class F> class defined_function {
  using result = typename function_traits<F>::result;
  using arguments = typename function_traits<F>::arguments;
  static constexpr bool is_method = routine_shapes[Index].name.find('.') != std::string_view::npos;
  static constexpr std::size_t first = is_method ? 1 : 0;
  static constexpr std::size_t count = std::tuple_size_v<arguments> - first;
  static_assert(count == routine_shapes[Index].parameters, "src/orthanc_sdk says that it has another number of parameters");

public:
  static inline F function{};

  static PyObject* call(PyObject* self, PyObject* const* given, Py_ssize_t positional, PyObject* names) noexcept {
    std::array<PyObject*, count == 0 ? 1 : count> sorted;
    if (names != nullptr || positional != static_cast<Py_ssize_t>(count)) [[unlikely]] {
      if (!sort_arguments(routines[Index], given, positional, names, sorted.data())) {
        return nullptr;
      }
      given = sorted.data();
    }
    return call_sorted(self, given, std::make_index_sequence<count>());
  }

private:
  template <std::size_t... Places>
  static PyObject* call_sorted([[maybe_unused]] PyObject* self, [[maybe_unused]] PyObject* const* given,
                               std::index_sequence<Places...>) noexcept {
    arguments taken;
    if constexpr (is_method) {
      if (!std::get<0>(taken).take(self)) {
        refuse_receiver(routines[Index]);
        return nullptr;
      }
    }
    if (!(take<Places>(taken, given[Places]) && ...)) {
      return nullptr;
    }
    try {
      return std::apply(
          [](auto&... each) -> PyObject* {
            if constexpr (std::is_void_v<result>) {
              function(each.get()...);
              Py_RETURN_NONE;
            } else {
              return to_python(function(each.get()...));
            }
          },
          taken);
    } catch (nb::python_error& error) {  // the most frequent one, without the second throw of set_error_of_exception()
      error.restore();
      return nullptr;
    } catch (...) {
      set_error_of_exception();
      return nullptr;
    }
  }

  template <std::size_t Place> static bool take(arguments& taken, PyObject* given) noexcept {
    auto& each = std::get<first + Place>(taken);
    if (each.take(given)) [[likely]] {
      return true;
    }
    refuse_argument(routines[Index], Place, given, each.accepted, each.accepts_none);
    return false;
  }
};

}  // namespace detail

template <std::size_t Index, class F> void define(nb::module_& module, F function) {
  using defined = detail::defined_function<Index, F>;
  if constexpr (std::is_pointer_v<F>) {
    defined::function = function;
  }
  add_routine(module, routines[Index], &defined::call);
}

}  // namespace orthanc_python
