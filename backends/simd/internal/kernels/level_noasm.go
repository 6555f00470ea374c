//go:build purego || !amd64

package kernels

// Best is the highest level that this build has kernels for: none but the generic ones.
func Best() Level { return Generic }
