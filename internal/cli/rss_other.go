//go:build !unix

package cli

// peakRSS is the process's largest resident memory so far in MB, 0 where the system doesn't tell.
func peakRSS() float64 { return 0 }
