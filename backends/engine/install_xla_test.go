//go:build xla

package engine

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// cudaPlugin is what go-xla's installer writes first, before libraries.
const cudaPlugin = "nvidia/pjrt_c_api_cuda_plugin.so"

// Of several that install at once, one does, and none sees a plugin without its libraries.
func TestInstallOnce(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "lib/go-xla")
	exists := func(file string) bool { _, err := os.Stat(filepath.Join(folder, file)); return err == nil }
	touch(t, folder, "nvidia/stale.so", installing+"/go-xla/"+cudaPlugin) // what interrupted ones left
	var brought atomic.Int32
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			err := installInto(folder, cudaDevice, func() bool { return exists(cudaPlugin) }, func(fresh string) error {
				brought.Add(1)
				if entries, err := os.ReadDir(fresh); err != nil || len(entries) != 0 {
					t.Errorf("the fresh folder has %d entries, %v", len(entries), err)
				}
				touch(t, fresh, cudaPlugin, "../libcublas.so.13")
				time.Sleep(20 * time.Millisecond) // in which another would look
				if exists(cudaPlugin) {
					t.Error("a plugin is found before its libraries are there")
				}
				touch(t, fresh, "nvidia/cu13/lib/libcudart.so.13")
				return nil
			})
			if err != nil || !exists("nvidia/cu13/lib/libcudart.so.13") {
				t.Errorf("after an installation: %v, libraries %v", err, exists("nvidia/cu13/lib/libcudart.so.13"))
			}
		})
	}
	group.Wait()
	if n := brought.Load(); n != 1 {
		t.Errorf("installed %d times", n)
	}
	if exists("nvidia/stale.so") || exists(installing) {
		t.Error("something of an interrupted installation is left")
	}
}

// An installation that fails leaves nothing, whatever it had written.
func TestInstallFails(t *testing.T) {
	folder := t.TempDir()
	full := errors.New("disk full")
	err := installInto(folder, cudaDevice, func() bool { return false }, func(fresh string) error {
		touch(t, fresh, cudaPlugin)
		return full
	})
	if !errors.Is(err, full) {
		t.Errorf("error %v, want %v", err, full)
	}
	if entries, err := os.ReadDir(folder); err != nil || len(entries) != 1 || entries[0].Name() != installLock {
		t.Errorf("left %v, %v; want the lock", entries, err)
	}
}

// The CPU's plugin and the link to it replace those of before, beside what else is in the folder.
func TestInstallBeside(t *testing.T) {
	const plugin, link = "pjrt_c_api_cpu_v0.83.1_plugin.so", "pjrt_c_api_cpu_plugin.so"
	folder := touch(t, t.TempDir(), cudaPlugin, link)
	err := installInto(folder, cpuDevice, func() bool { return false }, func(fresh string) error {
		touch(t, fresh, plugin, "LICENSE")
		return os.Symlink(plugin, filepath.Join(fresh, link))
	})
	if err != nil {
		t.Fatal(err)
	}
	if target, err := os.Readlink(filepath.Join(folder, link)); err != nil || target != plugin {
		t.Errorf("link to %q, %v", target, err)
	}
	for _, file := range []string{plugin, "LICENSE", cudaPlugin} {
		if _, err := os.Stat(filepath.Join(folder, file)); err != nil {
			t.Error(err)
		}
	}
}
