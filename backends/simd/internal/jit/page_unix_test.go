//go:build linux || darwin || freebsd

package jit

import (
	"testing"

	"golang.org/x/sys/unix"
)

func init() {
	atPageEnd = func(t *testing.T, n int) (mem []byte, free func()) {
		page := unix.Getpagesize()
		size := (n + page - 1) / page * page
		pages, err := unix.Mmap(-1, 0, size+page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
		if err != nil {
			t.Fatal(err)
		}
		if err := unix.Mprotect(pages[size:], unix.PROT_NONE); err != nil {
			t.Fatal(err)
		}
		return pages[size-n : size], func() { release(pages) }
	}
}
