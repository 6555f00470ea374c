//go:build unix

package weights

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestOpenPipe: one that nobody writes to isn't waited for.
func TestOpenPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip(err)
	}
	done := make(chan error, 3)
	go func() { _, _, err := Open(path); done <- err }()
	go func() { _, err := ReadFile(path); done <- err }()
	go func() { _, err := ReadPyTorchFile(path); done <- err }()
	for range cap(done) {
		select {
		case err := <-done:
			if err == nil || !strings.Contains(err.Error(), "none on a disk") {
				t.Errorf("error %v", err)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("still waiting for a writer")
		}
	}
}
