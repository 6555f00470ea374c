package fetch

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// The files of tinySet, in their order.
const (
	file1 = "file-1"
	file2 = "file-2"
	file3 = "file-3"
	file4 = "file-4"
)

// tinySet is a set of four files from the given sources. Its content is the same in every process.
func tinySet(sources ...Source) (*Set, map[string][]byte) {
	s := &Set{Owner: "fetch", Kind: "data set", Name: "tiny", Folder: "data/tiny", Sources: sources,
		Command: "amgen data fetch tiny",
		ByHand:  "take its four files from " + home}
	content := map[string][]byte{}
	for i, size := range []int{3936, 13, 1584, 10} {
		name := fmt.Sprintf("file-%d", i+1)
		content[name] = pattern(size, i)
		s.Files = append(s.Files, File{name, int64(size), sha(content[name])})
	}
	return s, content
}

const home = "https://example.org/tiny/"

// pattern fills n bytes with values that differ between neighbours and between salts.
func pattern(n, salt int) []byte {
	out := make([]byte, n)
	for i := range out {
		out[i] = byte(i*7 + i/251 + salt*31)
	}
	return out
}

func sha(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func zipped(data []byte) []byte {
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	_, _ = z.Write(data) // a bytes.Buffer takes all
	_ = z.Close()
	return buf.Bytes()
}

// mirror serves the files as name.gz and counts requests; change may spoil an answer.
func mirror(t *testing.T, content map[string][]byte, change func(name string, count int64, w http.ResponseWriter,
	body []byte) bool) (base string, requests *atomic.Int64) {
	t.Helper()
	requests = new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		count := requests.Add(1)
		name := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/"), ".gz")
		data, ok := content[name]
		if !ok {
			http.NotFound(w, r)
			return
		}
		body := zipped(data)
		if change != nil && change(name, count, w, body) {
			return
		}
		_, _ = w.Write(body)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/", requests
}

// assertWhole fails unless each file in the set's folder is one of its canonical files, intact.
func assertWhole(t *testing.T, s *Set, opts Options) {
	t.Helper()
	entries, err := os.ReadDir(s.Dir(opts))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() == lockName {
			continue
		}
		known := false
		for _, f := range s.Files {
			known = known || (f.Name == e.Name() && intact(s.Dir(opts), f))
		}
		if !known {
			t.Errorf("%s is half-written or left over", e.Name())
		}
	}
}

func TestEnsure(t *testing.T) {
	_, content := tinySet()
	base, requests := mirror(t, content, nil)
	s, _ := tinySet(GzipMirrors(base))
	var reports []Progress
	opts := Options{Cache: t.TempDir(), Progress: func(p Progress) { reports = append(reports, p) }}
	if s.Cached(opts) {
		t.Error("an empty cache has the set")
	}
	dir, err := s.Ensure(context.Background(), opts)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range content {
		if got, err := s.Read(dir, name); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: error %v, or other bytes than were served", name, err)
		}
	}
	if last := reports[len(reports)-2]; last.Done != last.Total || last.Total == 0 || last.Source != "https" {
		t.Errorf("last report of bytes is %+v", last)
	}
	if _, err := s.Ensure(context.Background(), Options{Cache: opts.Cache, Offline: true}); err != nil ||
		!s.Cached(opts) {
		t.Errorf("offline with everything cached: %v", err)
	}
	if n := requests.Load(); n != 4 {
		t.Errorf("%d requests for 4 files", n)
	}
	assertWhole(t, s, opts)
	// Another user of the cache can take the lock: it has the rights of any other file.
	like := filepath.Join(t.TempDir(), "like")
	if err := os.WriteFile(like, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	got, err := os.Stat(filepath.Join(dir, lockName))
	want, err2 := os.Stat(like)
	if err := errors.Join(err, err2); err != nil || got.Mode() != want.Mode() {
		t.Errorf("lock: %v, or of another mode than %s", err, like)
	}
	if _, err := s.Read(dir, "other"); err == nil {
		t.Error("a file that isn't the set's gave no error")
	}
}

// TestBadDownloads: each way of failing is an error, leaves nothing half-written, and the next attempt
// with a good mirror succeeds and keeps what was complete.
func TestBadDownloads(t *testing.T) {
	_, content := tinySet()
	good, goodRequests := mirror(t, content, nil)
	tests := []struct {
		name   string
		says   string
		change func(name string, count int64, w http.ResponseWriter, body []byte) bool
	}{
		{"truncated", "unexpected EOF", func(name string, _ int64, w http.ResponseWriter, body []byte) bool {
			if name == file3 {
				_, _ = w.Write(body[:len(body)/2])
			}
			return name == file3
		}},
		{"interrupted", "EOF", func(name string, _ int64, w http.ResponseWriter, body []byte) bool {
			if name == file3 {
				w.Header().Set("Content-Length", fmt.Sprint(len(body)))
				_, _ = w.Write(body[:len(body)/2]) // the server then cuts the connection
			}
			return name == file3
		}},
		{"wrong hash", "sha256", func(name string, _ int64, w http.ResponseWriter, _ []byte) bool {
			if name == file3 {
				_, _ = w.Write(zipped(pattern(1584, 9)))
			}
			return name == file3
		}},
		{"bomb", "want 1584", func(name string, _ int64, w http.ResponseWriter, _ []byte) bool {
			if name == file3 {
				_, _ = w.Write(zipped(make([]byte, 1<<24)))
			}
			return name == file3
		}},
		{"error page", "gzip", func(name string, _ int64, w http.ResponseWriter, _ []byte) bool {
			if name == file3 {
				_, _ = w.Write([]byte("<html>sign in first</html>"))
			}
			return name == file3
		}},
		{"server error", "503", func(name string, _ int64, w http.ResponseWriter, _ []byte) bool {
			if name == file3 {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
			return name == file3
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			base, _ := mirror(t, content, test.change)
			opts := Options{Cache: t.TempDir()}
			s, _ := tinySet(GzipMirrors(base))
			_, err := s.Ensure(context.Background(), opts)
			if err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "\n") {
				t.Fatalf("error %v, want one line that says %q", err, test.says)
			}
			assertWhole(t, s, opts)
			before := goodRequests.Load()
			s, _ = tinySet(GzipMirrors(base, good))
			if _, err := s.Ensure(context.Background(), opts); err != nil {
				t.Fatal(err)
			}
			assertWhole(t, s, opts)
			// Two files were complete, the third was bad; so two were left for the good mirror.
			if n := goodRequests.Load() - before; n != 2 {
				t.Errorf("the good mirror was asked %d times, want 2", n)
			}
		})
	}
}

// TestStall: a server that stops sending without closing is given up.
func TestStall(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("a"))
		w.(http.Flusher).Flush()
		<-release
	}))
	defer server.Close()
	defer close(release)
	body, err := Get(context.Background(), server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	stalling := body.(*stallingBody)
	stalling.limit = 20 * time.Millisecond
	p := make([]byte, 1)
	if _, err := stalling.Read(p); err != nil {
		t.Fatal(err)
	}
	if _, err := stalling.Read(p); !errors.Is(err, errStalled) {
		t.Errorf("error %v, want errStalled", err)
	}
}

func TestCancel(t *testing.T) {
	_, content := tinySet()
	ctx, cancel := context.WithCancel(context.Background())
	base, _ := mirror(t, content, func(name string, _ int64, _ http.ResponseWriter, _ []byte) bool {
		if name == file2 {
			cancel()
		}
		return false
	})
	s, _ := tinySet(GzipMirrors(base))
	opts := Options{Cache: t.TempDir()}
	if _, err := s.Ensure(ctx, opts); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
	assertWhole(t, s, opts)
}

// TestDamagedCache: a file that was truncated or changed in the cache is noticed and fetched again;
// offline it is an error that names it.
func TestDamagedCache(t *testing.T) {
	_, content := tinySet()
	base, requests := mirror(t, content, nil)
	s, _ := tinySet(GzipMirrors(base))
	opts := Options{Cache: t.TempDir()}
	path := filepath.Join(s.Dir(opts), file1)
	for name, damage := range map[string]func() error{
		"truncated": func() error { return os.Truncate(path, 100) },
		"one bit": func() error {
			data := bytes.Clone(content[file1])
			data[1000] ^= 4
			return os.WriteFile(path, data, 0o644)
		},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := s.Ensure(context.Background(), opts); err != nil {
				t.Fatal(err)
			}
			if err := damage(); err != nil {
				t.Fatal(err)
			}
			offline := opts
			offline.Offline = true
			_, err := s.Ensure(context.Background(), offline)
			if !errors.Is(err, ErrOffline) || !strings.Contains(err.Error(), file1) {
				t.Errorf("offline: error %v, want ErrOffline that names the file", err)
			}
			before := requests.Load()
			if _, err := s.Ensure(context.Background(), opts); err != nil {
				t.Fatal(err)
			}
			if n := requests.Load() - before; n != 1 {
				t.Errorf("%d requests to replace one file", n)
			}
		})
	}
}

func TestOffline(t *testing.T) {
	s, content := tinySet(LocalGzip("local", ""), GzipMirrors("http://127.0.0.1:1/"))
	opts := Options{Cache: t.TempDir()}
	t.Setenv("AMGEN_OFFLINE", "1")
	_, err := s.Ensure(context.Background(), opts)
	if !errors.Is(err, ErrOffline) {
		t.Fatalf("error %v, want ErrOffline", err)
	}
	for _, part := range []string{"amgen data fetch tiny", home, s.Dir(opts)} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q doesn't say %q", err, part)
		}
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("error of several lines: %q", err)
	}
	// What the error asks for helps.
	for name, data := range content {
		if err := os.WriteFile(filepath.Join(s.Dir(opts), name+".gz"), zipped(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Ensure(context.Background(), opts); err != nil {
		t.Error(err)
	}
}

func TestUnreachable(t *testing.T) {
	s, _ := tinySet(GzipMirrors("http://127.0.0.1:1/")) // nobody listens there
	begin := time.Now()
	_, err := s.Ensure(context.Background(), Options{Cache: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "no source") {
		t.Errorf("error %v", err)
	}
	if took := time.Since(begin); took > 2*connectTimeout {
		t.Errorf("took %v to give up", took)
	}
}

func TestUnwritableCache(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	s, _ := tinySet()
	if _, err := s.Ensure(context.Background(), Options{Cache: file}); err == nil ||
		!strings.Contains(err.Error(), "AMGEN_CACHE") {
		t.Errorf("error %v, want one that names AMGEN_CACHE", err)
	}
}

// TestFolderInPlace: a folder where a file belongs is named, before anything is fetched, and stays.
func TestFolderInPlace(t *testing.T) {
	_, content := tinySet()
	base, requests := mirror(t, content, nil)
	s, _ := tinySet(GzipMirrors(base))
	opts := Options{Cache: t.TempDir()}
	folder := filepath.Join(s.Dir(opts), file3)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := s.Ensure(context.Background(), opts)
	if err == nil || !strings.Contains(err.Error(), "a folder in place of "+file3+"; remove "+folder) {
		t.Errorf("error %v, want one that says to remove the folder", err)
	}
	if _, err := os.Stat(folder); err != nil || requests.Load() != 0 {
		t.Errorf("%d requests, folder: %v", requests.Load(), err)
	}
	if err := os.Remove(folder); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Ensure(context.Background(), opts); err != nil {
		t.Error(err)
	}
}

// TestManyProcesses: processes that fetch the same set at once do it once; all of them get it.
func TestManyProcesses(t *testing.T) {
	if base := os.Getenv("AMGEN_TEST_MIRROR"); base != "" {
		s, _ := tinySet(GzipMirrors(base))
		if _, err := s.Ensure(context.Background(), Options{}); err != nil {
			t.Fatal(err)
		}
		return
	}
	_, content := tinySet()
	base, requests := mirror(t, content, func(string, int64, http.ResponseWriter, []byte) bool {
		time.Sleep(20 * time.Millisecond) // long enough for the others to arrive meanwhile
		return false
	})
	cache := t.TempDir()
	var children []*exec.Cmd
	for range 4 {
		child := exec.Command(os.Args[0], "-test.run=^TestManyProcesses$")
		child.Env = append(os.Environ(), "AMGEN_TEST_MIRROR="+base, "AMGEN_CACHE="+cache)
		child.Stdout, child.Stderr = os.Stderr, os.Stderr
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		children = append(children, child)
	}
	for _, child := range children {
		if err := child.Wait(); err != nil {
			t.Error(err)
		}
	}
	if n := requests.Load(); n != 4 {
		t.Errorf("%d requests for 4 files", n)
	}
}

// TestKilledFetch kills a process in the middle of a transfer: nothing half-written is under a
// canonical name, and the next fetch clears away what was left and goes on.
func TestKilledFetch(t *testing.T) {
	_, content := tinySet()
	stuck := make(chan struct{})
	release := make(chan struct{})
	base, _ := mirror(t, content, func(name string, count int64, w http.ResponseWriter, body []byte) bool {
		if name != file3 || count > 3 {
			return false
		}
		_, _ = w.Write(body[:len(body)/2])
		w.(http.Flusher).Flush()
		close(stuck)
		<-release
		return true
	})
	defer close(release)
	opts := Options{Cache: t.TempDir()}
	child := exec.Command(os.Args[0], "-test.run=^TestManyProcesses$")
	child.Env = append(os.Environ(), "AMGEN_TEST_MIRROR="+base, "AMGEN_CACHE="+opts.Cache)
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-stuck:
	case <-time.After(time.Minute):
		_ = child.Process.Kill()
		t.Fatal("the child has not come to the last file in a minute")
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // it was killed
	s, _ := tinySet(GzipMirrors(base))
	if _, err := s.Ensure(context.Background(), opts); err != nil {
		t.Fatal(err)
	}
	assertWhole(t, s, opts)
}
