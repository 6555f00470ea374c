//go:build !purego

package kernels

import "golang.org/x/sys/cpu"

// available has NEON, which every processor has that Go runs on, unless GODEBUG=cpu.asimd=off takes it away.
var available = func() []Level {
	if !cpu.ARM64.HasASIMD {
		return []Level{Generic}
	}
	return []Level{Generic, NEON}
}()
