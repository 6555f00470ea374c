//go:build !purego

package kernels

import "golang.org/x/sys/cpu"

// available has what package cpu reports: a feature only if the operating system saves the registers that it needs.
var available = func() []Level {
	x := &cpu.X86
	switch {
	case !x.HasAVX2 || !x.HasFMA || !x.HasF16C:
		return []Level{Generic}
	case x.HasBMI2 && x.HasAVX512F && x.HasAVX512BW && x.HasAVX512DQ && x.HasAVX512VL:
		return []Level{Generic, AVX2, AVX512}
	default:
		return []Level{Generic, AVX2}
	}
}()
