//go:build !purego

package kernels

import "golang.org/x/sys/cpu"

// Best is the highest level that this CPU and its operating system support. Package cpu reports a feature only if the
// system saves the registers that it needs. All kernels, of float32 and float64, are chosen by this one function.
func Best() Level {
	x := &cpu.X86
	switch {
	case !x.HasAVX2 || !x.HasFMA || !x.HasF16C:
		return Generic
	case x.HasBMI2 && x.HasAVX512F && x.HasAVX512BW && x.HasAVX512DQ && x.HasAVX512VL:
		return AVX512
	default:
		return AVX2
	}
}
