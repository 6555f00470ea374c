//go:build xla

package engine

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// findCUDA prepares for a CUDA plugin from pip, whose libraries and tools are in wheels of their own. It loads the
// libraries, and names the folder of ptxas and libdevice in XLA's flags.
func findCUDA(plugin string) {
	if _, set := os.LookupEnv(cudaChecks); !set {
		_ = os.Setenv(cudaChecks, "0") // go-xla's own search, which knows fewer places
	}
	libraries, tools := cudaFiles(plugin)
	for _, library := range libraries {
		load(library)
	}
	if flags, ok := withTools(os.Getenv(xlaFlags), tools); ok {
		_ = os.Setenv(xlaFlags, flags) // a name without NUL
	}
}

// Environment variables: cudaChecks is go-xla's, xlaFlags is XLA's.
const (
	cudaChecks = "GOPJRT_CUDA_CHECKS"
	xlaFlags   = "XLA_FLAGS"
)

// cudaLibraries are the libraries that XLA loads by name. Each comes after those that it needs.
var cudaLibraries = []string{
	"libcudart.so.*", "libnvJitLink.so.*", "libnvrtc.so.*", "libcublasLt.so.*", "libcublas.so.*", "libnccl.so.*",
	"libcupti.so.*",
	"libcusparse.so.*", "libcusolver.so.*", "libcufft.so.*", "libnvshmem_host.so.*", "libcudnn.so.*",
}

// cudaFiles returns the libraries beside a plugin, in the order of cudaLibraries, and the folder of its tools, ""
// without one. It leaves out other releases of CUDA than the plugin's: one environment may hold both 12 and 13.
func cudaFiles(plugin string) (libraries []string, tools string) {
	for _, nvidia := range []string{filepath.Join(filepath.Dir(plugin), "../../nvidia"), filepath.Dir(plugin)} {
		folders, kit := wheels(nvidia, cudaMajor(plugin))
		for _, library := range cudaLibraries {
			for _, folder := range folders {
				if files, _ := filepath.Glob(filepath.Join(folder, "lib", library)); len(files) > 0 {
					libraries = append(libraries, files[0])
					break
				}
			}
		}
		if _, err := os.Stat(filepath.Join(kit, "nvvm/libdevice")); err == nil && tools == "" {
			tools = kit
		}
	}
	return libraries, tools
}

var pluginFolder = regexp.MustCompile(`cuda([0-9]+)$`)

// cudaMajor is the release of CUDA in the name of a plugin's folder (12 of jax_plugins/xla_cuda12), 0 without one.
func cudaMajor(plugin string) int {
	if m := pluginFolder.FindStringSubmatch(filepath.Base(filepath.Dir(plugin))); m != nil {
		major, _ := strconv.Atoi(m[1]) // digits
		return major
	}
	return 0
}

// oneFolder is the first release of CUDA whose wheels share a folder, cu13. Each wheel of CUDA 12 has its own;
// cuda_nvcc holds the tools.
const oneFolder = 13

var (
	releaseFolder = regexp.MustCompile(`^cu([0-9]+)$`)
	// independent are the libraries whose releases don't follow CUDA's. Each has one folder.
	independent = []string{"cudnn", "nccl", "nvshmem"}
)

// wheels returns the folders of NVIDIA's wheels for a release of CUDA, and the folder of its tools. Release 0 stands
// for the newest that is installed.
func wheels(nvidia string, major int) (folders []string, tools string) {
	all, _ := filepath.Glob(filepath.Join(nvidia, "*"))
	var older []string // of 12
	for _, folder := range all {
		if m := releaseFolder.FindStringSubmatch(filepath.Base(folder)); m == nil {
			older = append(older, folder)
		} else if n, _ := strconv.Atoi(m[1]); major == 0 && n >= oneFolder {
			major = n // of go-xla's folder, which has those of one release
		}
	}
	if major < oneFolder {
		return older, filepath.Join(nvidia, "cuda_nvcc")
	}
	tools = filepath.Join(nvidia, "cu"+strconv.Itoa(major))
	folders = []string{tools}
	for _, name := range independent {
		folders = append(folders, filepath.Join(nvidia, name))
	}
	return folders, tools
}

// withTools adds a folder of tools to XLA's flags. It reports false if there is nothing to add, or if the flags are the
// name of a file of flags, which doesn't begin with a dash.
func withTools(flags, folder string) (string, bool) {
	flags = strings.TrimSpace(flags)
	if folder == "" || strings.Contains(flags, "xla_gpu_cuda_data_dir") || flags != "" && flags[0] != '-' {
		return flags, false
	}
	if strings.ContainsAny(folder, " \t\r\n") { // ends a flag unless it is quoted (xla/parse_flags_from_env.cc)
		folder = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(folder) + `"`
	}
	return strings.TrimSpace(flags + " --xla_gpu_cuda_data_dir=" + folder), true
}
