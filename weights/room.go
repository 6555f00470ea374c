package weights

import "fmt"

// checkRoom is an error where so many bytes of memory can't be had, of which the runtime would die. A sparse file may
// claim any size.
func checkRoom(size int64, what string) error {
	const alwaysThere = 64 << 20
	if size <= alwaysThere || canAllocate(size) {
		return nil
	}
	return fmt.Errorf("weights: %s, got %d bytes, more than the memory that this process may take; use a machine "+
		"with more, or copy the file again if it should be smaller", what, size)
}
