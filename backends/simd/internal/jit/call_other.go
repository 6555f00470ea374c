//go:build !amd64 || purego

package jit

import "unsafe"

// Available reports whether chains run here: not on this processor.
func Available() bool { return false }

func call(_, _, _ unsafe.Pointer, _ int) { panic("jit: called without Available") }
