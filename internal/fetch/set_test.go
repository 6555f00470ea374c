package fetch

import (
	"errors"
	"strings"
	"syscall"
	"testing"
)

// The remedy is that of the cause.
func TestLockErrors(t *testing.T) {
	s := &Set{Owner: "imaging", Name: "mnist"}
	for errno, want := range map[syscall.Errno]string{
		syscall.ENOSYS: "AMGEN_CACHE", syscall.ENOLCK: "AMGEN_CACHE", syscall.ENOTSUP: "AMGEN_CACHE",
		syscall.EACCES: "read-only",
	} {
		err := s.lockError("/lustre/cache/data/mnist", errno)
		for _, part := range []string{"imaging: ", "/lustre/cache/data/mnist", want} {
			if !errors.Is(err, errno) || !strings.Contains(err.Error(), part) {
				t.Errorf("%v: %q doesn't say %q", errno, err, part)
			}
		}
	}
}
