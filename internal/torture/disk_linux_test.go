package torture

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// disk mounts an empty file system of some bytes at a new directory. Where that isn't allowed the test is skipped.
func disk(t *testing.T, bytes int) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d,mode=0755", bytes)); err != nil {
		t.Skipf("mounting a small disk needs root: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill leaves so many bytes of the disk and returns what frees the rest.
func fill(t *testing.T, dir string, left int) (free func()) {
	t.Helper()
	path := filepath.Join(dir, "filler")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		t.Fatal(err)
	}
	if n := int(st.Bavail)*int(st.Bsize) - left; n > 0 {
		if _, err := f.Write(make([]byte, n)); err != nil {
			t.Fatal(err)
		}
	}
	return func() {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

// diskSize has room for two checkpoints of the toy, 0.55 MB each, and more.
const diskSize = 4 << 20

// TestDiskFull fills the disk up to some bytes, so that it is full in the log, the configuration, the first file of a
// checkpoint, the second, or its manifest.
func TestDiskFull(t *testing.T) {
	half, whole := halfAndWhole(t)
	for _, left := range []int{0, 4 << 10, 8 << 10, 64 << 10, 160 << 10, 400 << 10, 548 << 10} {
		t.Run(fmt.Sprint(left>>10), func(t *testing.T) {
			fault{name: fmt.Sprintf("disk full but for %d kB", left>>10), code: 1, says: "no space left on device",
				strike: func(t *testing.T, dir string) func() { return fill(t, dir, left) },
			}.suffer(t, disk(t, diskSize), half, whole)
		})
	}
}

// TestReadOnlyDisk mounts the disk read-only.
func TestReadOnlyDisk(t *testing.T) {
	half, whole := halfAndWhole(t)
	remount := func(t *testing.T, dir string, flags uintptr) {
		if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|flags, ""); err != nil {
			t.Fatal(err)
		}
	}
	fault{name: "read-only disk", code: 1, says: "read-only file system",
		strike: func(t *testing.T, dir string) func() {
			remount(t, dir, syscall.MS_RDONLY)
			// What only reads the run works.
			start(t, amgen, dir, "sample", "--run", "run", "-n", "10", "-o",
				filepath.Join(t.TempDir(), "points.csv")).must(t)
			return func() { remount(t, dir, 0) }
		}}.suffer(t, disk(t, diskSize), half, whole)
}

// nobody is a user without rights.
const nobody = 65534

// asNobody runs the program without rights.
func asNobody(t *testing.T) func(p *process) {
	if os.Geteuid() != 0 {
		return func(*process) {} // it has none
	}
	// Where the program is nobody may look.
	open := t.TempDir()
	if err := os.Chmod(filepath.Dir(open), 0o755); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(open, "program")
	if err := os.WriteFile(path, text, 0o755); err != nil {
		t.Fatal(err)
	}
	try := exec.Command(path, "version")
	try.Env = append(os.Environ(), actAs+"="+amgen)
	try.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if out, err := try.CombinedOutput(); err != nil {
		t.Skipf("user %d can't run programs in %s: %v %s", nobody, open, err, out)
	}
	return func(p *process) {
		p.cmd.Path = path
		p.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
}

// TestNoRights takes the right to write from directories of the run, and to read from a checkpoint: which is not
// damaged, so that an older one in its place would lose work.
func TestNoRights(t *testing.T) {
	half, whole := halfAndWhole(t)
	as := asNobody(t)
	for _, c := range []struct {
		path string
		mode os.FileMode
	}{
		{"run", 0o555},
		{"run", 0},
		{"run/lock", 0},
		{"run/config.toml", 0},
		{"run/stats.jsonl", 0},
		{"run/checkpoints", 0o555},
		{"run/checkpoints/step-000010", 0},
		{"run/checkpoints/step-000010/state.safetensors", 0},
	} {
		t.Run(fmt.Sprintf("%s %o", c.path, c.mode), func(t *testing.T) {
			dir := t.TempDir()
			if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
				t.Fatal(err)
			}
			fault{name: fmt.Sprintf("%s of mode %03o", c.path, c.mode), as: as, code: 1, says: "permission denied",
				strike: func(t *testing.T, dir string) func() {
					change := func(owner int, mode os.FileMode) {
						err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
							if err == nil && os.Geteuid() == 0 {
								err = os.Lchown(path, owner, owner)
							}
							return err
						})
						if err == nil {
							err = os.Chmod(filepath.Join(dir, c.path), mode)
						}
						if err != nil {
							t.Fatal(err)
						}
					}
					was, err := os.Stat(filepath.Join(dir, c.path))
					if err != nil {
						t.Fatal(err)
					}
					change(nobody, c.mode)
					return func() { change(os.Getuid(), was.Mode().Perm()) }
				}}.suffer(t, dir, half, whole)
		})
	}
}

// TestNowhereToWrite has samples, features and downloads end on a full disk and on a read-only one. No half file stays,
// and with room the same is done.
func TestNowhereToWrite(t *testing.T) {
	half, _ := halfAndWhole(t)
	pictures := filepath.Join(t.TempDir(), "pictures")
	writeDiscs(t, pictures, 4)
	address := network(t).URL
	for _, c := range []struct {
		name, program string
		left          int // bytes
		args          []string
		makes         string
	}{
		{"sample to PNG", amgen, 4 << 10, []string{"sample", "--run", half + "/run", "-n", "50", "-o", "points.png"},
			"points.png"},
		{"sample to CSV", amgen, 4 << 10, []string{"sample", "--run", half + "/run", "-n", "500", "-o", "points.csv"},
			"points.csv"},
		{"export", amgen, 64 << 10, []string{"weights", "export", "--run", half + "/run", "-o", "w.safetensors"},
			"w.safetensors"},
		{"features", amgen, 4 << 10, []string{"eval", "mmd", "--samples", pictures, "--reference", pictures,
			"--features", "pixels"}, ""},
		{"fetch", fetcher, 256 << 10, []string{address, "cache"}, "cache/data/parts/part-4"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := disk(t, diskSize)
			free := fill(t, dir, c.left)
			fails := func(says string) {
				t.Helper()
				p := start(t, c.program, dir, c.args...)
				code, said := p.wait()
				if code != 1 || !strings.Contains(said, says) {
					t.Errorf("exit code %d, %q; want 1 and %q", code, said, says)
				}
				t.Logf("| %s, %s | %d | %s |", c.name, says, code, said)
				if _, err := os.Stat(filepath.Join(dir, c.makes)); c.makes != "" && err == nil {
					t.Errorf("%s is there", c.makes)
				}
				if hasTemporary(dir) {
					t.Error("temporary files are left")
				}
			}
			fails("no space left on device")
			free()
			if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
				t.Fatal(err)
			}
			fails("read-only file system")
			if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT, ""); err != nil {
				t.Fatal(err)
			}
			start(t, c.program, dir, c.args...).must(t)
		})
	}
}
