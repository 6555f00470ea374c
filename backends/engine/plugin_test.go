package engine

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// touch makes empty files below dir and returns dir.
func touch(t *testing.T, dir string, files ...string) string {
	t.Helper()
	for _, f := range files {
		path := filepath.Join(dir, f)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// The plugin is the first in the order of the documentation.
func TestPluginPlaces(t *testing.T) {
	const (
		jax    = "lib/python3.12/site-packages/jax_plugins/xla_cuda13/xla_cuda_plugin.so"
		wheel  = "lib/python3.11/dist-packages/xla_plugins/xla_cpu_pjrt/xla_cpu_pjrt.so"
		goxla  = ".local/lib/go-xla/nvidia/pjrt_c_api_cuda_plugin.so"
		cpu    = ".local/lib/go-xla/pjrt_c_api_cpu_v0.83.1_plugin.so"
		search = "pjrt_c_api_cuda_plugin.so"
	)
	dir := t.TempDir()
	home, venv, system, named, python, libraries := filepath.Join(dir, "home"), filepath.Join(dir, "venv"),
		filepath.Join(dir, "system"), filepath.Join(dir, "named"), filepath.Join(dir, "python"), filepath.Join(dir,
			"libraries")
	empty := finder{env: func(string) string { return "" }, home: filepath.Join(dir, "nobody"),
		python: func() []string { return nil },
		check:  func(string, string) error { return nil }}
	environment := func(values map[string]string) func(string) string {
		return func(k string) string { return values[k] }
	}

	cases := []struct {
		name, device, want string
		change             func(f *finder)
	}{
		{"nowhere", cudaDevice, "", func(*finder) {}},
		{"go-xla's", cudaDevice, filepath.Join(home, goxla), func(f *finder) { f.home = touch(t, home, goxla, cpu) }},
		{"go-xla's for the CPU", cpuDevice, filepath.Join(home, cpu),
			func(f *finder) { f.home = touch(t, home, goxla, cpu) }},
		{"a library path", cpuDevice, filepath.Join(libraries, "pjrt_c_api_cpu_plugin.so"), func(f *finder) {
			f.env = environment(map[string]string{"LD_LIBRARY_PATH": touch(t, libraries, "pjrt_c_api_cpu_plugin.so")})
		}},
		{"JAX in an active environment", cudaDevice, filepath.Join(venv, jax), func(f *finder) {
			f.env = environment(map[string]string{"VIRTUAL_ENV": touch(t, venv, jax)})
		}},
		{"an active environment comes before go-xla's", cudaDevice, filepath.Join(venv, jax), func(f *finder) {
			f.home = touch(t, home, goxla)
			f.env = environment(map[string]string{"CONDA_PREFIX": touch(t, venv, jax)})
		}},
		{"go-xla's come before a system's Python", cudaDevice, filepath.Join(home, goxla), func(f *finder) {
			f.home, f.system = touch(t, home, goxla), []string{touch(t, venv, jax)}
		}},
		{"a damaged one hides none", cudaDevice, filepath.Join(venv, jax), func(f *finder) {
			f.home, f.system = touch(t, home, goxla), []string{touch(t, venv, jax)}
			f.check = func(file, _ string) error {
				if file == filepath.Join(home, goxla) {
					return errors.New("damaged")
				}
				return nil
			}
		}},
		{"JAX is none for the CPU", cpuDevice, "", func(f *finder) {
			f.env = environment(map[string]string{"VIRTUAL_ENV": touch(t, venv, jax)})
		}},
		{"a system's Python", cpuDevice, filepath.Join(system, wheel),
			func(f *finder) { f.system = []string{touch(t, system, wheel)} }},
		{"the Python on the PATH", cudaDevice, filepath.Join(python, "jax_plugins/xla_cuda12/xla_cuda_plugin.so"),
			func(f *finder) {
				f.python = func() []string {
					return []string{"", touch(t, python, "jax_plugins/xla_cuda12/xla_cuda_plugin.so")}
				}
			}},
		{"the search path comes first", cudaDevice, filepath.Join(named, search), func(f *finder) {
			f.home = touch(t, home, goxla)
			f.env = environment(map[string]string{searchPathVariable: "/nowhere:" + touch(t, named, search),
				"VIRTUAL_ENV": touch(t, venv, jax)})
		}},
		{"the search path names a file", cudaDevice, filepath.Join(named, search), func(f *finder) {
			f.env = environment(map[string]string{searchPathVariable: filepath.Join(touch(t, named, search), search)})
		}},
		{"a file of another device", cpuDevice, "", func(f *finder) {
			f.env = environment(map[string]string{searchPathVariable: filepath.Join(touch(t, named, search), search)})
		}},
	}
	for _, c := range cases {
		f := empty
		c.change(&f)
		if got, err := f.find(c.device); got != c.want || err != nil {
			t.Errorf("%s: found %q, %v; want %q", c.name, got, err, c.want)
		}
	}
}

// Where no plugin is sound, the error is about the one that would have been taken.
func TestAllPluginsDamaged(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("files are looked at on Linux only")
	}
	home, system := t.TempDir(), t.TempDir()
	const goxla = ".local/lib/go-xla/nvidia/pjrt_c_api_cuda_plugin.so"
	f := finder{env: func(string) string { return "" }, home: touch(t, home, goxla),
		python: func() []string { return nil }, check: checkLibrary,
		system: []string{touch(t, system, "lib/python3.12/site-packages/jax_plugins/xla_cuda13/xla_cuda_plugin.so")}}
	file, err := f.find(cudaDevice)
	if file != "" {
		t.Errorf("found %q, which is empty", file)
	}
	checkLine(t, "two empty files", err, "no shared library", "remove "+filepath.Join(home, goxla)+", or `pip install")
}

func TestCountGPUs(t *testing.T) {
	root := touch(t, t.TempDir(), "dev/nvidia0", "dev/nvidia1", "dev/nvidia2", "dev/nvidiactl", "dev/nvidia-uvm")
	for _, c := range []struct {
		visible string
		set     bool
		want    int
	}{
		{"", false, 3}, {"", true, 0}, {"-1", true, 0}, {"2", true, 1}, {"0,2", true, 2}, {" 0, 2 ", true, 2},
		{"0,1,2,3", true, 3},
		{"NoDevFiles", true, 0}, {"0,none,1", true, 1}, {"0,-1,1", true, 1}, {"1,7,0", true, 1}, {"7", true, 0},
		{"GPU-8932f937-d72c-4106-c12f-20bd9faed9f6,1", true, 2}, {"MIG-3c1f", true, 1},
	} {
		if got := countGPUs(root, func(string) (string, bool) { return c.visible, c.set }); got != c.want {
			t.Errorf("CUDA_VISIBLE_DEVICES=%q (set %v): %d GPUs, want %d", c.visible, c.set, got, c.want)
		}
	}
}

// WSL2 has one device file for GPUs of all makers.
func TestCountGPUsOfWindows(t *testing.T) {
	for _, c := range []struct {
		files []string
		want  int
	}{
		{nil, 0},
		{[]string{"dev/dxg"}, 0},
		{[]string{"usr/lib/wsl/lib/libcuda.so.1"}, 0},
		{[]string{"dev/dxg", "usr/lib/wsl/lib/libcuda.so.1"}, 1},
		{[]string{"dev/dxg", "usr/lib/x86_64-linux-gnu/libcuda.so.1"}, 1},
		{[]string{"dev/dxg", "usr/lib/wsl/lib/libcuda.so.1", "dev/nvidia0", "dev/nvidia1"}, 2},
	} {
		root := touch(t, t.TempDir(), c.files...)
		if got := countGPUs(root, func(string) (string, bool) { return "", false }); got != c.want {
			t.Errorf("%v: %d GPUs, want %d", c.files, got, c.want)
		}
		hidden := func(string) (string, bool) { return "NoDevFiles", true }
		if got := countGPUs(root, hidden); got != 0 {
			t.Errorf("%v: %d GPUs where none is visible", c.files, got)
		}
	}
}

// header is an ELF file of nothing but its header.
func header(machine elf.Machine, kind elf.Type) []byte {
	h := elf.Header64{Type: uint16(kind), Machine: uint16(machine), Version: 1,
		Ehsize: 64, Shentsize: 64, Phentsize: 56}
	copy(h.Ident[:], elf.ELFMAG)
	h.Ident[elf.EI_CLASS], h.Ident[elf.EI_DATA] = byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB)
	h.Ident[elf.EI_VERSION] = 1
	var b bytes.Buffer
	_ = binary.Write(&b, binary.LittleEndian, h) // a buffer takes all
	return b.Bytes()
}

func TestCheckLibrary(t *testing.T) {
	here, known := machines[runtime.GOARCH]
	if runtime.GOOS != "linux" || !known {
		t.Skip("ELF plugins are Linux's, on amd64 and arm64")
	}
	file := filepath.Join(t.TempDir(), "pjrt_c_api_cuda_plugin.so")
	for name, c := range map[string]struct {
		content []byte
		want    []string
	}{
		"another processor": {header(elf.EM_PPC64, elf.ET_DYN),
			[]string{"another processor", "EM_PPC64", here.String(), "pip install"}},
		"a program":            {header(here, elf.ET_EXEC), []string{"no shared library", "ET_EXEC"}},
		"a library, no plugin": {header(here, elf.ET_DYN), []string{"no PJRT plugin", entryPoint}},
		"text":                 {[]byte("#!/bin/sh\n"), []string{"no shared library"}},
		"nothing":              {nil, []string{"no shared library"}},
		"a torn header":        {header(here, elf.ET_DYN)[:40], []string{"no shared library"}},
	} {
		if err := os.WriteFile(file, c.content, 0o644); err != nil {
			t.Fatal(err)
		}
		checkLine(t, name, checkLibrary(file, cudaDevice), append(c.want, "PJRT_PLUGIN_LIBRARY_PATH")...)
	}
	checkLine(t, "no file", checkLibrary(file+".gone", cudaDevice), "no such file", "pip install")
}
