//go:build purego || !amd64

package kernels

var gemmKernels = [...]*GemmKernels{Generic: &genericGemm}
