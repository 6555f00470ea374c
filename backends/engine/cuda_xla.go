//go:build xla

package engine

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// findCUDA makes a CUDA plugin out of pip's wheels find the libraries and tools beside it, which have wheels of their
// own: the libraries are loaded, and XLA is told of the folder that ptxas and libdevice are in.
func findCUDA(plugin string) {
	if _, set := os.LookupEnv(cudaChecks); !set {
		_ = os.Setenv(cudaChecks, "0") // go-xla's own look for them, which knows fewer places
	}
	libraries, tools := cudaFiles(plugin)
	for _, library := range libraries {
		load(library)
	}
	if flags, ok := withTools(os.Getenv(xlaFlags), tools); ok {
		_ = os.Setenv(xlaFlags, flags) // a name without NUL
	}
}

// cudaChecks is go-xla's variable, xlaFlags XLA's.
const (
	cudaChecks = "GOPJRT_CUDA_CHECKS"
	xlaFlags   = "XLA_FLAGS"
)

// cudaLibraries are what XLA loads by name, in an order in which each finds those before it.
var cudaLibraries = []string{
	"libcudart.so.*", "libnvJitLink.so.*", "libnvrtc.so.*", "libcublasLt.so.*", "libcublas.so.*", "libnccl.so.*", "libcupti.so.*",
	"libcusparse.so.*", "libcusolver.so.*", "libcufft.so.*", "libnvshmem_host.so.*", "libcudnn.so.*",
}

// cudaFiles are the libraries beside a plugin, in the order of cudaLibraries, and the folder of its tools, "" where
// there is none. Those of another release of CUDA than the plugin's are left alone: 12 and 13 may be in one environment.
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

// cudaMajor is the release of CUDA that a plugin's folder is named after (jax_plugins/xla_cuda12), 0 where it is not.
func cudaMajor(plugin string) int {
	if m := pluginFolder.FindStringSubmatch(filepath.Base(filepath.Dir(plugin))); m != nil {
		major, _ := strconv.Atoi(m[1]) // digits
		return major
	}
	return 0
}

// oneFolder is the first release of CUDA whose wheels share a folder, cu13. Those of 12 have one each, cuda_nvcc that
// of the tools.
const oneFolder = 13

var (
	releaseFolder = regexp.MustCompile(`^cu([0-9]+)$`)
	// independent are the libraries with releases of their own: one folder, whatever CUDA they were installed for.
	independent = []string{"cudnn", "nccl", "nvshmem"}
)

// wheels are the folders of NVIDIA's wheels of a release of CUDA, and that of its tools. Release 0 is the newest there.
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

// withTools adds a folder of tools to XLA's flags; false where there is nothing to add, or no way to: flags that don't
// begin with a dash are the name of a file of flags.
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
