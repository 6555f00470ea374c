package engine

import (
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// searchPathVariable names the environment variable that lists the folders or files to search first.
const searchPathVariable = "PJRT_PLUGIN_LIBRARY_PATH"

// patterns are the names of a device's plugin in a folder of plugins, in order of preference: go-xla's, then those of
// pip.
var patterns = map[string][]string{
	cpuDevice: {"pjrt_c_api_cpu_plugin.so", "pjrt_c_api_cpu_*_plugin.so", "pjrt-plugin-cpu.so", "xla_cpu_pjrt.so",
		"pjrt_c_api_cpu_*_plugin.dylib", "pjrt_c_api_cpu_plugin.dylib"},
	cudaDevice: {"pjrt_c_api_cuda_plugin.so", "pjrt_c_api_cuda_*_plugin.so", "pjrt-plugin-cuda*.so",
		"xla_cuda_plugin.so", "pjrt_c_api_gpu_plugin.so"},
}

// packages are the folders of plugins among a Python installation's packages.
var packages = map[string][]string{
	cpuDevice:  {"xla_plugins/xla_cpu*", "jax_plugins/xla_cpu*"},
	cudaDevice: {"jax_plugins/xla_cuda*", "xla_plugins/xla_cuda*"},
}

// finder searches for plugins. Tests replace its fields.
type finder struct {
	env    func(string) string
	home   string
	system []string                        // roots of folders named lib
	python func() []string                 // sys.path of the Python on the PATH
	check  func(file, device string) error // whether a file is a plugin that this machine can load
}

func newFinder() finder {
	home, _ := os.UserHomeDir() // without a home folder it is not searched
	return finder{env: os.Getenv, home: home, system: []string{"/usr/local", "/usr", "/opt/*"}, python: pythonPath,
		check: checkLibrary}
}

// Plugin returns the file of the PJRT plugin for a device, cpu or cuda, or "" if there is none that this machine can
// load. It searches, in this order:
//
//   - the folders and files of PJRT_PLUGIN_LIBRARY_PATH;
//   - the active Python environment;
//   - the folders into which go-xla installs plugins, ~/.local/lib/go-xla and /usr/local/lib/go-xla;
//   - the folders of LD_LIBRARY_PATH;
//   - the Python installations in the usual places, where pip installs jax[cuda13] and xla-cpu-pjrt.
func Plugin(device string) string {
	file, _ := newFinder().find(device) // the error is about files that aren't plugins
	return file
}

// find returns the first intact plugin for a device, or "" if there is no file of one. If there are files and none is
// intact, it returns the first one's error.
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

// candidates returns the files that have the name of a device's plugin, in order of preference.
func (f finder) candidates(device string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, search := range []func(string) []string{
			f.inSearchPath, f.inEnvironments, f.inFolders, f.inSites, f.inPython,
		} {
			for _, file := range search(device) {
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

// inEnvironments searches the active Python environment.
func (f finder) inEnvironments(device string) []string {
	return inPackages(sites(f.env("VIRTUAL_ENV"), f.env("CONDA_PREFIX")), device)
}

// inFolders searches the folders of plugins and libraries.
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

// inSites searches the Python installations in the usual places.
func (f finder) inSites(device string) []string {
	roots := append([]string{filepath.Join(f.home, ".local")}, f.system...)
	return inPackages(append(filepath.SplitList(f.env("PYTHONPATH")), sites(roots...)...), device)
}

// inPython asks the Python on the PATH. It comes last, because it starts a process.
func (f finder) inPython(device string) []string { return inPackages(f.python(), device) }

// sites returns the folders of Python packages below roots.
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

// pythonPath asks the Python on the PATH for its search path of packages.
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

// named reports whether a file that the user named may be a device's plugin. The name of another device's plugin rules
// it out.
func named(file, device string) bool {
	for other := range patterns {
		if other != device && strings.Contains(filepath.Base(file), other) {
			return false
		}
	}
	return true
}

// absolute returns the absolute path of a file. XLA would take a name without a folder for the name of a device.
func absolute(file string) string {
	if abs, err := filepath.Abs(file); err == nil {
		return abs
	}
	return file
}

// remedy says how to get a device's plugin, as a part of a format of [mistake.Fail].
func remedy(device string) string {
	if device == cpuDevice {
		return "`pip install xla-cpu-pjrt` brings one, " + searchPathVariable +
			"=DIR names another's folder, {backend} simd needs none"
	}
	return "`pip install 'jax[cuda13]'` (driver 580 or newer; 'jax[cuda12]' before) brings one, " + searchPathVariable +
		"=DIR names another's folder, {backend} simd computes on the CPU"
}
