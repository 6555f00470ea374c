package simd

import "github.com/amgen/amgen/backends/simd/internal/memory"

// InstalledMemory is the number of bytes that arrays may come to: memory and swap space of the machine, or the limit of
// the container, of the process (ulimit -v and -d) or of Go's runtime (GOMEMLIMIT) if that is less; math.MaxInt64 where
// the system doesn't tell.
func InstalledMemory() int64 { return memory.Installed() }

// Limited tells whether the process has a limit of its own on memory, as by ulimit -v: beyond it Go's runtime dies.
func Limited() bool { return memory.Limited() }
