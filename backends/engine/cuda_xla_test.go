//go:build xla

package engine

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Each plugin is given the libraries and tools of its release of CUDA, where wheels of both are in one environment too.
func TestCUDAFiles(t *testing.T) {
	const (
		plugin12 = "jax_plugins/xla_cuda12/xla_cuda_plugin.so"
		plugin13 = "jax_plugins/xla_cuda13/xla_cuda_plugin.so"
		goxla    = "nvidia/pjrt_c_api_cuda_plugin.so"
	)
	own := []string{"nvidia/nccl/lib/libnccl.so.2", "nvidia/cudnn/lib/libcudnn.so.9"} // the same file for both
	of12 := []string{"nvidia/cuda_runtime/lib/libcudart.so.12", "nvidia/cublas/lib/libcublas.so.12",
		"nvidia/cusparse/lib/libcusparse.so.12"}
	of13 := []string{"nvidia/cu13/lib/libcudart.so.13", "nvidia/cu13/lib/libcublas.so.13",
		"nvidia/cu13/lib/libcusparse.so.12"}
	tools12 := []string{"nvidia/cuda_nvcc/nvvm/libdevice/libdevice.10.bc"}
	tools13 := []string{"nvidia/cu13/nvvm/libdevice/libdevice.10.bc"}
	for _, c := range []struct {
		name, plugin string
		files        [][]string
		want         [][]string
		tools        string
	}{
		{"12 alone", plugin12, [][]string{own, of12, tools12}, [][]string{own, of12}, "nvidia/cuda_nvcc"},
		{"13 alone", plugin13, [][]string{own, of13, tools13}, [][]string{own, of13}, "nvidia/cu13"},
		{"12 beside 13", plugin12, [][]string{own, of12, of13, tools12, tools13}, [][]string{own, of12},
			"nvidia/cuda_nvcc"},
		{"13 beside 12", plugin13, [][]string{own, of12, of13, tools12, tools13}, [][]string{own, of13}, "nvidia/cu13"},
		{"12 with the tools of 13", plugin12, [][]string{own, of12, of13, tools13}, [][]string{own, of12}, ""},
		{"go-xla's of 12", goxla, [][]string{own, of12, tools12}, [][]string{own, of12}, "nvidia/cuda_nvcc"},
		{"go-xla's of 13", goxla, [][]string{own, of13, tools13}, [][]string{own, of13}, "nvidia/cu13"},
		{"a plugin alone", plugin13, nil, nil, ""},
	} {
		dir := touch(t, t.TempDir(), append(slices.Concat(c.files...), c.plugin)...)
		libraries, tools := cudaFiles(filepath.Join(dir, c.plugin))
		var want []string
		for _, file := range slices.Concat(c.want...) {
			want = append(want, filepath.Join(dir, file))
		}
		order := slices.Clone(libraries)
		slices.Sort(want)
		slices.Sort(order)
		if !slices.Equal(order, want) {
			t.Errorf("%s: libraries %q, want %q", c.name, order, want)
		}
		if len(libraries) > 0 && !strings.Contains(libraries[0], "libcudart") {
			t.Errorf("%s: the first library is %s, which needs others", c.name, libraries[0])
		}
		if c.tools != "" {
			c.tools = filepath.Join(dir, c.tools)
		}
		if tools != c.tools {
			t.Errorf("%s: tools %q, want %q", c.name, tools, c.tools)
		}
	}
}

func TestWithTools(t *testing.T) {
	for _, c := range []struct {
		flags, folder, want string
		added               bool
	}{
		{"", "/n/cu13", "--xla_gpu_cuda_data_dir=/n/cu13", true},
		{"--xla_dump_to=/tmp", "/n/cu13", "--xla_dump_to=/tmp --xla_gpu_cuda_data_dir=/n/cu13", true},
		{"", "/my home/cu13", `--xla_gpu_cuda_data_dir="/my home/cu13"`, true},
		{"", `/a "b" \c/cu13`, `--xla_gpu_cuda_data_dir="/a \"b\" \\c/cu13"`, true},
		{"--xla_gpu_cuda_data_dir=/usr/local/cuda", "/n/cu13", "--xla_gpu_cuda_data_dir=/usr/local/cuda", false},
		{"flags.txt", "/n/cu13", "flags.txt", false},
		{"--xla_dump_to=/tmp", "", "--xla_dump_to=/tmp", false},
	} {
		if got, added := withTools(c.flags, c.folder); got != c.want || added != c.added {
			t.Errorf("flags %q, tools in %q: %q, %v; want %q, %v", c.flags, c.folder, got, added, c.want, c.added)
		}
	}
}
