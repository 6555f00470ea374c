package memory

import (
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

const hugePage = 2 << 20

// adviseHuge asks for large pages behind a fresh block: programs stream through a score of arrays at once, and
// would miss in the translation buffer on each small page. Failure costs speed only.
func adviseHuge(block []byte) {
	skip := -int(uintptr(unsafe.Pointer(unsafe.SliceData(block)))) & (hugePage - 1)
	if n := (len(block) - skip) &^ (hugePage - 1); n > 0 {
		_ = unix.Madvise(block[skip:][:n], unix.MADV_HUGEPAGE)
	}
}

// mapped is what mapPages has taken and unmapPages not given back, in bytes.
var mapped atomic.Int64

// mapPages takes n > 0 bytes from the operating system, past the garbage collector, whose pace their size would slow
// down.
func mapPages(n int) ([]byte, error) {
	block, err := unix.Mmap(-1, 0, n, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	mapped.Add(int64(len(block)))
	return block, err
}

// unmapPages gives back what mapPages returned.
func unmapPages(block []byte) error {
	mapped.Add(-int64(len(block)))
	return unix.Munmap(block)
}
