//go:build !purego

package kernels

// vecAssembly puts the assembly in place of the twins, level by level.
func vecAssembly(t *[AVX512 + 1]vecTable) {
}
