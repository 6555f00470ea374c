package lock

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amgen/amgen/internal/listing"
)

// TestLockContention: a child holds the lock, so this process doesn't get it and is told who has it;
// the child is killed, and then the lock is free although its file is still there.
func TestLockContention(t *testing.T) {
	if dir := os.Getenv("AMGEN_TEST_LOCK"); dir != "" {
		if _, err := Take(dir); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("held")
		time.Sleep(time.Minute) // the parent kills this process long before
		os.Exit(0)
	}
	dir := filepath.Join(t.TempDir(), "run")
	child := exec.Command(os.Args[0], "-test.run=^TestLockContention$")
	child.Env = append(os.Environ(), "AMGEN_TEST_LOCK="+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer child.Process.Kill()
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
		t.Fatalf("the child says %q (%v)", line, err)
	}
	_, err = Take(dir)
	if !errors.Is(err, ErrHeld) {
		t.Fatalf("error %v, want ErrHeld", err)
	}
	if who := fmt.Sprintf("process %d on ", child.Process.Pid); !strings.Contains(err.Error(), who) {
		t.Errorf("error %q doesn't say %q", err, who)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // it was killed
	lock, err := Take(dir)
	if err != nil {
		t.Fatalf("after a crash: %v", err)
	}
	if err := lock.Unlock(); err != nil {
		t.Fatal(err)
	}
	again, err := Take(dir)
	if err != nil {
		t.Fatalf("after unlocking: %v", err)
	}
	if err := again.Unlock(); err != nil {
		t.Fatal(err)
	}
}

func TestLockUnwritable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Take(filepath.Join(file, "run")); err == nil || errors.Is(err, ErrHeld) {
		t.Errorf("error %v, want one about the folder", err)
	}
}

// TestLockIsShared: the file has the rights of any other that this user makes.
func TestLockIsShared(t *testing.T) {
	dir := t.TempDir()
	lock, err := Take(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(lock.Unlock(), os.WriteFile(filepath.Join(dir, "other"), nil, 0o666)); err != nil {
		t.Fatal(err)
	}
	got, err := os.Stat(filepath.Join(dir, "lock"))
	want, err2 := os.Stat(filepath.Join(dir, "other"))
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	if got.Mode() != want.Mode() {
		t.Errorf("lock of mode %s, want %s", got.Mode(), want.Mode())
	}
}

// The remedy is that of the cause: errors as the kernel gives them, wrapped as the library may.
func TestLockErrors(t *testing.T) {
	for _, c := range []struct {
		errno syscall.Errno
		want  string
	}{
		{syscall.ENOSYS, "no locks"}, {syscall.ENOLCK, "no locks"}, {syscall.ENOTSUP, "no locks"}, {syscall.EOPNOTSUPP,
			"no locks"},
		{syscall.EACCES, "can be written"}, {syscall.EROFS, "can be written"},
	} {
		for _, cause := range []error{c.errno, &os.PathError{Op: "flock", Path: "/lustre/run/lock", Err: c.errno}} {
			err := lockError("/lustre/run", cause)
			for _, part := range []string{c.want, "/lustre/run"} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%v: %q doesn't say %q", cause, err, part)
				}
			}
			if !errors.Is(err, c.errno) || errors.Is(err, ErrHeld) {
				t.Errorf("%v: %q is another error", cause, err)
			}
		}
	}
}

// TestForeignLock: what somebody has under the name of the lock stays as it is.
func TestForeignLock(t *testing.T) {
	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	if err := os.WriteFile(elsewhere, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, put := range map[string]func(path string) error{
		"a text": func(path string) error { return os.WriteFile(path, []byte("the key is under the mat\n"), 0o644) },
		"more":   func(path string) error { return os.WriteFile(path, []byte("process 1 on here\nand more\n"), 0o644) },
		"link":   func(path string) error { return os.Symlink(elsewhere, path) },
		"FIFO":   func(path string) error { return syscall.Mkfifo(path, 0o644) },
		"folder": func(path string) error { return os.Mkdir(path, 0o755) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := put(filepath.Join(dir, "lock")); err != nil {
				t.Skip(err)
			}
			before := listing.Of(t, dir)
			if _, err := Take(dir); err == nil || errors.Is(err, ErrHeld) || !strings.Contains(err.Error(),
				"move it away") {
				t.Errorf("error %v, want one that says to move it away", err)
			}
			if diff := cmp.Diff(before, listing.Of(t, dir)); diff != "" {
				t.Errorf("it changed:\n%s", diff)
			}
		})
	}
	if info, err := os.Stat(elsewhere); err != nil || info.Size() != 0 {
		t.Errorf("the link was written through: %v, %v", info, err)
	}
}

// TestLockLost: who holds a lock notices that its folder was removed, moved or replaced, or that the lock was removed.
func TestLockLost(t *testing.T) {
	for name, lose := range map[string]func(dir string) error{
		"moved":    func(dir string) error { return os.Rename(dir, dir+"-moved") },
		"removed":  os.RemoveAll,
		"unlocked": func(dir string) error { return os.Remove(filepath.Join(dir, "lock")) },
		"replaced": func(dir string) error {
			if err := os.RemoveAll(dir); err != nil {
				return err
			}
			_, err := Take(dir) // held to the end of the process
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "run")
			lock, err := Take(dir)
			if err != nil {
				t.Fatal(err)
			}
			if err := lock.Check(); err != nil {
				t.Fatalf("held: %v", err)
			}
			if err := lose(dir); err != nil {
				t.Fatal(err)
			}
			if err := lock.Check(); !errors.Is(err, ErrLost) {
				t.Errorf("error %v, want ErrLost", err)
			}
		})
	}
}

// TestEmptyLock: an empty file of the lock's name may be anybody's. It locks, and stays empty.
func TestEmptyLock(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "lock")
	if err := os.WriteFile(path, nil, 0o640); err != nil {
		t.Fatal(err)
	}
	lock, err := Take(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Take(dir); !errors.Is(err, ErrHeld) {
		t.Errorf("locked twice: %v", err)
	}
	if err := lock.Unlock(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() != 0 || info.Mode().Perm() != 0o640 {
		t.Errorf("the file became %v (%v)", info, err)
	}
}
