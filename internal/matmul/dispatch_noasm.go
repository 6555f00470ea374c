//go:build purego || !amd64

package matmul

// kernels are those that this build has: none.
func kernels() []kernel { return []kernel{{}} }

var best = kernels()[0]
