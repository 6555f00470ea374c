//go:build purego || !(amd64 || arm64)

package kernels

// vecAssembly leaves the twins in place: this build has no assembly.
func vecAssembly(*[levelCount]vecTable) {}
