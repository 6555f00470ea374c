//go:build unix

package weights

import "golang.org/x/sys/unix"

// canAllocate asks the kernel for the memory and gives it back untouched. It counts what is installed and what `ulimit
// -v` allows.
func canAllocate(size int64) bool {
	if int64(int(size)) != size {
		return false
	}
	block, err := unix.Mmap(-1, 0, int(size), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return false
	}
	return unix.Munmap(block) == nil
}
