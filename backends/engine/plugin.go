package engine

import (
	"iter"
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
	system []string                        // roots of folders named lib
	python func() []string                 // sys.path of the Python on the PATH
	check  func(file, device string) error // whether a file is a plugin that this machine can load
}

func newFinder() finder {
	home, _ := os.UserHomeDir() // without one there is a place less to look at
	return finder{env: os.Getenv, home: home, system: []string{"/usr/local", "/usr", "/opt/*"}, python: pythonPath, check: checkLibrary}
}

// Plugin returns the file of a device's PJRT plugin, "" where there is none that this machine can load. It looks in
// PJRT_PLUGIN_LIBRARY_PATH; in the Python environment that is active; where go-xla installs plugins
// (~/.local/lib/go-xla, /usr/local/lib/go-xla); in LD_LIBRARY_PATH; and in the Python installations in the usual places,
// where pip install 'jax[cuda13]' or xla-cpu-pjrt leave one.
func Plugin(device string) string {
	file, _ := newFinder().find(device) // an error is about files that are none
	return file
}

// find returns the first of a device's plugins that is sound, "" where there is none at all. Where there are some and
// none is sound, the error is that of the first.
func (f finder) find(device string) (string, error) {
	var first error
	for file := range f.candidates(device) {
		err := f.check(file, device)
		if err == nil {
			return file, nil
		}
		if first == nil {
			first = err
		}
	}
	return "", first
}

// candidates are the files that have the name of a device's plugin, in the order in which they are to be taken.
func (f finder) candidates(device string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, look := range []func(string) []string{f.inSearchPath, f.inEnvironments, f.inFolders, f.inSites, f.inPython} {
			for _, file := range look(device) {
				if !yield(file) {
					return
				}
			}
		}
	}
}

func (f finder) inSearchPath(device string) []string {
	var list []string
	for _, place := range filepath.SplitList(f.env(searchPathVariable)) {
		if info, err := os.Stat(place); err == nil && !info.IsDir() && named(place, device) {
			list = append(list, absolute(place))
		}
		list = append(list, inFolder(place, device)...)
	}
	return list
}

// inEnvironments looks in the Python environment that is active.
func (f finder) inEnvironments(device string) []string {
	return inPackages(sites(f.env("VIRTUAL_ENV"), f.env("CONDA_PREFIX")), device)
}

// inFolders looks in the folders of plugins and libraries.
func (f finder) inFolders(device string) []string {
	var list []string
	for _, lib := range []string{filepath.Join(f.home, ".local/lib"), "/usr/local/lib"} {
		list = append(list, inFolder(filepath.Join(lib, "go-xla"), device)...)
		list = append(list, inFolder(filepath.Join(lib, "go-xla/nvidia"), device)...)
	}
	for _, folder := range filepath.SplitList(f.env("LD_LIBRARY_PATH")) {
		list = append(list, inFolder(folder, device)...)
	}
	return list
}

// inSites looks in the Python installations in the usual places.
func (f finder) inSites(device string) []string {
	roots := append([]string{filepath.Join(f.home, ".local")}, f.system...)
	return inPackages(append(filepath.SplitList(f.env("PYTHONPATH")), sites(roots...)...), device)
}

// inPython asks the Python on the PATH: last, for it starts a process.
func (f finder) inPython(device string) []string { return inPackages(f.python(), device) }

// sites are the folders of Python packages below roots.
func sites(roots ...string) []string {
	var list []string
	for _, root := range roots {
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

func inPackages(sites []string, device string) []string {
	var list []string
	for _, site := range sites {
		for _, pattern := range packages[device] {
			folders, _ := filepath.Glob(filepath.Join(site, pattern))
			for _, folder := range folders {
				list = append(list, inFolder(folder, device)...)
			}
		}
	}
	return list
}

func inFolder(folder, device string) []string {
	if folder == "" {
		return nil
	}
	var list []string
	for _, pattern := range patterns[device] {
		files, _ := filepath.Glob(filepath.Join(folder, pattern))
		for _, file := range files {
			list = append(list, absolute(file))
		}
	}
	return list
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
	return "`pip install 'jax[cuda13]'` (driver 580 or newer; 'jax[cuda12]' before) brings one, " + searchPathVariable + "=DIR names another's folder, --backend simd computes on the CPU"
}
