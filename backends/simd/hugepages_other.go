//go:build !linux

package simd

func adviseHuge([]byte) {}
