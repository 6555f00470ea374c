//go:build xla

package engine

/*
#cgo linux LDFLAGS: -ldl
#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// The head of the table of functions that a plugin exports. It is fixed by major version 0 of the PJRT C API; later
// minor versions append functions.
typedef struct {
	size_t struct_size;
	void* extension_start;
	struct { size_t struct_size; void* extension_start; int major, minor; } version;
	void* functions[];
} api_head;

enum { error_destroy = 0, device_memory_stats = 34, get_compiled_memory_stats = 96 }; // positions in functions

typedef struct { size_t struct_size; void* extension_start; void* error; } error_destroy_args;

typedef struct {
	size_t struct_size; void* extension_start; void* device;
	int64_t bytes_in_use;
	int64_t peak_bytes_in_use; bool peak_set;
	int64_t num_allocs; bool num_allocs_set;
	int64_t largest_alloc; bool largest_alloc_set;
	int64_t limit; bool limit_set;
	int64_t reserved; bool reserved_set;
	int64_t peak_reserved; bool peak_reserved_set;
	int64_t reservable; bool reservable_set;
	int64_t largest_free; bool largest_free_set;
	int64_t pool; bool pool_set;
	int64_t peak_pool; bool peak_pool_set;
} memory_stats_args;

static const char* open_library(const char* path, int flags) {
	dlerror();
	return dlopen(path, flags) ? NULL : dlerror();
}

static api_head* table(const char* path) {
	void* handle = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
	void* get = handle ? dlsym(handle, "GetPjrtApi") : NULL;
	return get ? ((api_head* (*)(void))get)() : NULL;
}

static int version_of(api_head* api, int* major, int* minor) {
	*major = api->version.major;
	*minor = api->version.minor;
	return api->struct_size >= offsetof(api_head, functions) + (get_compiled_memory_stats + 1) * sizeof(void*);
}

// memory_stats returns whether the device counts the memory that it has taken.
static int memory_stats(api_head* api, uintptr_t device, int64_t* in_use, int64_t* peak) {
	memory_stats_args args;
	memset(&args, 0, sizeof args);
	args.struct_size = sizeof args;
	args.device = (void*)device;
	void* error = ((void* (*)(memory_stats_args*))api->functions[device_memory_stats])(&args);
	if (error) {
		error_destroy_args destroy = {sizeof destroy, NULL, error};
		((void (*)(error_destroy_args*))api->functions[error_destroy])(&destroy);
		return 0;
	}
	*in_use = args.bytes_in_use;
	*peak = args.peak_set ? args.peak_bytes_in_use : args.bytes_in_use;
	return 1;
}
*/
import "C"

import (
	"errors"
	"fmt"
	"reflect"
	"unsafe"
)

// version is a plugin's version of the PJRT C API.
type version struct{ major, minor int }

func (v version) String() string { return fmt.Sprintf("%d.%d", v.major, v.minor) }

// oldest is the first version with all functions that go-xla calls.
const oldest = "0.40"

// probe loads a plugin and returns its version of the API. It returns an error for a plugin that lacks a function which
// go-xla calls; go-xla itself would jump to an undefined address.
func probe(path string) (version, error) {
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	if message := C.open_library(name, C.RTLD_LAZY|C.RTLD_LOCAL); message != nil {
		return version{}, fmt.Errorf("the loader refuses it: %s", oneLine(errors.New(C.GoString(message))))
	}
	api := C.table(name)
	if api == nil {
		return version{}, errors.New("it returns no PJRT API")
	}
	var major, minor C.int
	complete := C.version_of(api, &major, &minor)
	v := version{int(major), int(minor)}
	switch {
	case v.major != 0:
		return v, fmt.Errorf("its PJRT API has version %s, another than the 0.x that this binary speaks", v)
	case complete == 0:
		return v, fmt.Errorf("its PJRT API, version %s, is too old; take one of version %s or newer", v, oldest)
	}
	return v, nil
}

// load loads a library, so that the plugin finds it by name. If that fails, the plugin reports the missing library.
func load(path string) {
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	C.open_library(name, C.RTLD_LAZY|C.RTLD_LOCAL)
}

// Memory returns the bytes that the engine has taken of its first device; ok is false for an engine that doesn't count
// them, such as one on a CPU.
//
// go-xla has no function for this and doesn't export its device, so the pointer is read by reflection.
func (e *Engine) Memory() (inUse, peak int64, ok bool) {
	a, ok := e.Backend.(*accelerated)
	if !ok || a.IsFinalized() {
		return 0, 0, false
	}
	devices := reflect.ValueOf(a.Backend).Elem().FieldByName("client").Elem().FieldByName("addressableDevices")
	if devices.Kind() != reflect.Slice || devices.Len() == 0 {
		return 0, 0, false
	}
	device := devices.Index(0).Elem().FieldByName("cDevice")
	if device.Kind() != reflect.Pointer {
		return 0, 0, false
	}
	name := C.CString(a.plugin)
	defer C.free(unsafe.Pointer(name))
	api := C.table(name)
	if api == nil {
		return 0, 0, false
	}
	var used, most C.int64_t
	if C.memory_stats(api, C.uintptr_t(device.Pointer()), &used, &most) == 0 {
		return 0, 0, false
	}
	return int64(used), int64(most), true
}
