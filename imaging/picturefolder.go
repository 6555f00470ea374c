package imaging

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/internal/replace"
)

// PictureFolder is a directory of n pictures, a file each. They are first written into a hidden directory in it, and
// moved when all are complete, so that a killed process never leaves a part of them. A directory that holds other
// pictures is refused, and only pictures that amgen wrote are replaced.
type PictureFolder struct {
	Dir string
	N   int
}

// stagingPrefix begins the name of the hidden directory.
const stagingPrefix = ".amgen-unfinished-"

// pictureMark is the PNG chunk by which amgen recognises its pictures, right after the header: the standard's Software.
var pictureMark = pngChunk("tEXt", "Software\x00amgen sample")

func pngChunk(kind, data string) []byte {
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	chunk = append(chunk, kind+data...)
	return binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
}

func (p PictureFolder) name(k int) string { return fmt.Sprintf("%06d.png", k) }

// Check returns an error about the setting output unless the directory will hold these pictures and no others.
func (p PictureFolder) Check() error {
	entries, err := os.ReadDir(p.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return mistake.New("{output|picture folder} %s: %v; name a new directory", p.Dir, err)
	}
	written := make(map[string]bool, p.N)
	for k := range p.N {
		written[p.name(k)] = true
	}
	for _, e := range entries {
		path := filepath.Join(p.Dir, e.Name())
		switch {
		case strings.HasPrefix(e.Name(), "."):
		case written[e.Name()] && !ownPicture(path):
			return mistake.New("{output|picture folder} %s: %s wasn't written by `amgen sample`; name a new "+
				"directory, or move the file away",
				p.Dir, path)
		case written[e.Name()]:
		case isPicture(e.Name()):
			return mistake.New("{output|picture folder} %s holds %s, which isn't one of these %d pictures and would "+
				"be taken for one; name a new directory, or empty it", p.Dir, e.Name(), p.N)
		case holdsPictures(path):
			return mistake.New("{output|picture folder} %s: the folder %s in it holds pictures, which would be taken "+
				"for samples; name a new directory", p.Dir, path)
		}
	}
	return nil
}

// isPicture tells by the ending of a file's name.
func isPicture(name string) bool {
	endings := []string{".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff"}
	return slices.Contains(endings, strings.ToLower(filepath.Ext(name)))
}

// holdsPictures tells whether there are pictures among the first files below a path.
func holdsPictures(path string) (found bool) {
	const most = 10000
	seen := 0
	_ = filepath.WalkDir(path, func(at string, e fs.DirEntry, err error) error {
		seen++
		switch {
		case err != nil || seen > most || found:
			return fs.SkipAll
		case strings.HasPrefix(e.Name(), ".") && at != path && e.IsDir():
			return fs.SkipDir
		}
		found = at != path && !e.IsDir() && isPicture(e.Name()) && !strings.HasPrefix(e.Name(), ".")
		return nil
	})
	return found
}

// ownPicture tells whether a picture is one that [PictureFolder.Write] wrote.
func ownPicture(path string) bool {
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		return false
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, pngHeader+len(pictureMark))
	_, err = io.ReadFull(f, head)
	return err == nil && bytes.Equal(head[pngHeader:], pictureMark)
}

// Write draws the pictures into the directory.
func (p PictureFolder) Write(draw func(k int) (image.Image, error)) (err error) {
	if err := os.MkdirAll(p.Dir, 0o755); err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	if err := p.Check(); err != nil { // again, since drawing took time
		return err
	}
	if err := p.clear(); err != nil {
		return err
	}
	staging, err := os.MkdirTemp(p.Dir, stagingPrefix)
	if err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(staging)) }()
	for k := range p.N {
		img, err := draw(k)
		if err != nil {
			return err
		}
		if err := writeMarked(filepath.Join(staging, p.name(k)), img); err != nil {
			return err
		}
	}
	if err := p.Check(); err != nil {
		return err
	}
	for k := range p.N { // all of the former before any of the new: two drawings never mix
		if err := os.Remove(filepath.Join(p.Dir, p.name(k))); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("former picture: %w; check the rights there", err)
		}
	}
	for k := range p.N {
		if err := os.Rename(filepath.Join(staging, p.name(k)), filepath.Join(p.Dir, p.name(k))); err != nil {
			return fmt.Errorf("move picture: %w; check the rights there", err)
		}
	}
	return replace.SyncDir(p.Dir)
}

// clear removes pictures that a process left unfinished when it was killed.
func (p PictureFolder) clear() error {
	list, err := os.ReadDir(p.Dir)
	if err != nil {
		return fmt.Errorf("unfinished pictures: %w; make the directory readable", err)
	}
	for _, left := range list {
		if !left.IsDir() || !strings.HasPrefix(left.Name(), stagingPrefix) {
			continue
		}
		dir := filepath.Join(p.Dir, left.Name())
		entries, err := os.ReadDir(dir)
		ours := err == nil && len(entries) > 0
		for _, e := range entries {
			ours = ours && e.Type().IsRegular() && (unfinishedPicture.MatchString(e.Name()) ||
				ownPicture(filepath.Join(dir, e.Name())))
		}
		if !ours {
			continue
		}
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("unfinished pictures: %w; check the rights there", err)
		}
	}
	return nil
}

// unfinishedPicture is the name that a picture has while it is written, see [replace.File].
var unfinishedPicture = regexp.MustCompile(`^\.\d{6,}\.png\d+$`)

// writeMarked writes a PNG with amgen's mark.
func writeMarked(path string, img image.Image) error {
	var b bytes.Buffer
	if err := EncodePNG(&b, img); err != nil {
		return err
	}
	text := b.Bytes()
	return replace.Text(path, slices.Concat(text[:pngHeader], pictureMark, text[pngHeader:]))
}
