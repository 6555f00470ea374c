//go:build !linux

package memory

// availableMemory is not known here.
func availableMemory() int64 { return unlimited }

// installedMemory is not known here.
func installedMemory() int64 { return unlimited }

// processMemory is not known here.
func processMemory(bool) int64 { return unlimited }
