//go:build !linux

package memory

func adviseHuge([]byte) {}

// mapPages returns n bytes.
func mapPages(n int) ([]byte, error) { return make([]byte, n), nil }

// unmapPages leaves a block to the garbage collector.
func unmapPages([]byte) error { return nil }
