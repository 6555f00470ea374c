//go:build purego || !(amd64 || arm64)

package kernels

// available has the generic kernels alone: this build has no others.
var available = []Level{Generic}
