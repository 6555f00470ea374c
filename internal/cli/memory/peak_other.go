//go:build !unix

package memory

// Peak is the process's largest resident memory so far in MB, 0 where the system doesn't tell.
func Peak() float64 { return 0 }
