//go:build unix

package memory

import (
	"runtime"
	"syscall"
)

// Peak is the process's largest resident memory so far in MB, 0 where the system doesn't tell.
func Peak() float64 {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	if runtime.GOOS == "darwin" { // bytes there, kilobytes elsewhere
		return float64(usage.Maxrss) / (1 << 20)
	}
	return float64(usage.Maxrss) / (1 << 10)
}
