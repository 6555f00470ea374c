//go:build !purego

package kernels

import "golang.org/x/sys/cpu"

// Best is the highest level that this CPU and its operating system support: package cpu reports a feature only
// where the system saves the registers it needs.
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
