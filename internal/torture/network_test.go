package torture

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/amgen/amgen/internal/fetch"
)

// networkFiles is how many files the set of the network has.
const networkFiles = 5

// networkFile is the content of file k, 100 to 300 kB that don't compress.
func networkFile(k int) (name string, content []byte) {
	source := rand.NewChaCha8([32]byte{byte(k)})
	content = make([]byte, 100_000+source.Uint64()%200_000)
	_, _ = source.Read(content) // cannot fail
	return fmt.Sprintf("part-%d", k), content
}

// networkSet is the set that the server at an address has.
func networkSet(address string) *fetch.Set {
	set := &fetch.Set{Owner: "torture", Kind: "data set", Name: "parts", Folder: "data/parts",
		ByHand:  "fetch the parts",
		Sources: []fetch.Source{fetch.GzipMirrors(address + "/")}}
	for k := range networkFiles {
		name, content := networkFile(k)
		sum := sha256.Sum256(content)
		set.Files = append(set.Files, fetch.File{Name: name, Size: int64(len(content)),
			SHA256: hex.EncodeToString(sum[:])})
	}
	return set
}

// network serves the files compressed, 32 kB at a time with a pause behind, some 200 ms in all.
func network(t *testing.T) *httptest.Server {
	t.Helper()
	files := map[string][]byte{}
	for k := range networkFiles {
		name, content := networkFile(k)
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if _, err := z.Write(content); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		files[name+".gz"] = b.Bytes()
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		content, ok := files[strings.TrimPrefix(r.URL.Path, "/")]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		for len(content) > 0 {
			n := min(len(content), 32_000)
			if _, err := w.Write(content[:n]); err != nil {
				return // the client was killed
			}
			content = content[n:]
			time.Sleep(6 * time.Millisecond)
		}
	}))
	t.Cleanup(server.Close)
	return server
}
