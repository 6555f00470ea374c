//go:build unix

package inception

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestUserFileThatIsNone: a FIFO isn't waited for, and what lies in the place of the weights is named.
func TestUserFileThatIsNone(t *testing.T) {
	dir := t.TempDir()
	fifo, pointer := filepath.Join(dir, "fifo"), filepath.Join(dir, "pointer.pth")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Skip(err)
	}
	if err := os.WriteFile(pointer, []byte(
		"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 95628359\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range [][3]string{{FID, fifo, "no regular file"}, {KerasNSFW, fifo, "no regular file"},
		{FID, os.DevNull, "no regular file"}, {FID, pointer, "git lfs pull"}} {
		done := make(chan error, 1)
		go func() {
			_, err := Open(context.Background(), nil, c[0], Options{Cache: dir, Weights: c[1]})
			done <- err
		}()
		select {
		case err := <-done:
			if err == nil || !strings.Contains(err.Error(), c[2]) {
				t.Errorf("%s of %s: error %v, want one that says %q", c[0], c[1], err, c[2])
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("%s of %s: still waiting", c[0], c[1])
		}
	}
}
