//go:build !amd64 || purego

package jit

// targets are those of this architecture: none.
var targets []*Target

func permitted() bool { return false }
