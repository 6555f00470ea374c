package engine

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// searchPathVariable lists folders, or files, that come before all others.
const searchPathVariable = "PJRT_PLUGIN_LIBRARY_PATH"

// patterns are the names of a device's plugin in a folder of plugins, best first: go-xla's own, and the wheels' on pip.
var patterns = map[string][]string{
	cpuDevice: {"pjrt_c_api_cpu_plugin.so", "pjrt_c_api_cpu_*_plugin.so", "pjrt-plugin-cpu.so", "xla_cpu_pjrt.so",
		"pjrt_c_api_cpu_*_plugin.dylib", "pjrt_c_api_cpu_plugin.dylib"},
	cudaDevice: {"pjrt_c_api_cuda_plugin.so", "pjrt_c_api_cuda_*_plugin.so", "pjrt-plugin-cuda*.so", "xla_cuda_plugin.so", "pjrt_c_api_gpu_plugin.so"},
}

// packages are the folders, below a Python installation's packages, that hold them.
var packages = map[string][]string{
	cpuDevice:  {"xla_plugins/xla_cpu*", "jax_plugins/xla_cpu*"},
	cudaDevice: {"jax_plugins/xla_cuda*", "xla_plugins/xla_cuda*"},
}

// finder looks for plugins. Its fields are what tests replace.
type finder struct {
	env    func(string) string
	home   string
	system []string        // roots of folders named lib
	python func() []string // sys.path of the Python on the PATH
}

func newFinder() finder {
	home, _ := os.UserHomeDir() // without one there is a place less to look at
	return finder{env: os.Getenv, home: home, system: []string{"/usr/local", "/usr", "/opt/*"}, python: pythonPath}
}

// Plugin returns the file of a device's PJRT plugin, "" where there is none. It looks in PJRT_PLUGIN_LIBRARY_PATH; where
// go-xla installs plugins (~/.local/lib/go-xla, /usr/local/lib/go-xla); in LD_LIBRARY_PATH; and in the Python
// installations that are active or in the usual places, where pip install 'jax[cuda13]' or xla-cpu-pjrt leave one.
func Plugin(device string) string { return newFinder().plugin(device) }

func (f finder) plugin(device string) string {
	for _, place := range filepath.SplitList(f.env(searchPathVariable)) {
		if info, err := os.Stat(place); err == nil && !info.IsDir() && named(place, device) {
			return absolute(place)
		}
		if file := inFolder(place, device); file != "" {
			return file
		}
	}
	for _, folder := range f.folders() {
		if file := inFolder(folder, device); file != "" {
			return file
		}
	}
	for _, site := range f.sites() {
		if file := inPackages(site, device); file != "" {
			return file
		}
	}
	for _, site := range f.python() { // last, for it starts a process
		if file := inPackages(site, device); file != "" {
			return file
		}
	}
	return ""
}

// folders are those of plugins and libraries.
func (f finder) folders() []string {
	var list []string
	for _, lib := range []string{filepath.Join(f.home, ".local/lib"), "/usr/local/lib"} {
		list = append(list, filepath.Join(lib, "go-xla"), filepath.Join(lib, "go-xla/nvidia"))
	}
	return append(list, filepath.SplitList(f.env("LD_LIBRARY_PATH"))...)
}

// sites are folders of Python packages.
func (f finder) sites() []string {
	list := filepath.SplitList(f.env("PYTHONPATH"))
	for _, root := range append([]string{f.env("VIRTUAL_ENV"), f.env("CONDA_PREFIX"), filepath.Join(f.home, ".local")}, f.system...) {
		if root == "" {
			continue
		}
		for _, packages := range []string{"site-packages", "dist-packages"} {
			found, _ := filepath.Glob(filepath.Join(root, "lib", "python3*", packages))
			list = append(list, found...)
		}
	}
	return list
}

// pythonPath asks the Python on the PATH where it looks for packages.
func pythonPath() []string {
	for _, name := range []string{"python3", "python"} {
		out, err := exec.Command(name, "-c", `import sys; print("\n".join(sys.path))`).Output()
		if err == nil {
			return strings.Fields(string(out))
		}
	}
	return nil
}

func inPackages(site, device string) string {
	for _, pattern := range packages[device] {
		folders, _ := filepath.Glob(filepath.Join(site, pattern))
		for _, folder := range folders {
			if file := inFolder(folder, device); file != "" {
				return file
			}
		}
	}
	return ""
}

func inFolder(folder, device string) string {
	if folder == "" {
		return ""
	}
	for _, pattern := range patterns[device] {
		if files, _ := filepath.Glob(filepath.Join(folder, pattern)); len(files) > 0 {
			return absolute(files[0])
		}
	}
	return ""
}

// named tells whether a file that the user named may be a device's plugin: those of another device have its name.
func named(file, device string) bool {
	for other := range patterns {
		if other != device && strings.Contains(filepath.Base(file), other) {
			return false
		}
	}
	return true
}

// absolute is file from the root: a plugin without a folder would be looked for by its device's name.
func absolute(file string) string {
	if abs, err := filepath.Abs(file); err == nil {
		return abs
	}
	return file
}

// remedy says how to come by a device's plugin.
func remedy(device string) string {
	if device == cpuDevice {
		return "`pip install xla-cpu-pjrt` brings one, " + searchPathVariable + "=DIR names another's folder, --backend simd needs none"
	}
	return "`pip install 'jax[cuda13]'` (driver 580 or newer; 'jax[cuda12]' before) brings one, " + searchPathVariable + "=DIR names another's folder"
}
