package imaging

import (
	"fmt"

	"github.com/amgen/amgen/imaging/fit"
)

// Found tells what was done to the files of an image folder beside decoding them.
type Found struct {
	// PassedOver counts what lies in the folder and wasn't read: files of other kinds by their extension, what is
	// hidden, pictures outside of the folders of splits.
	PassedOver []Count
	// Transparent files have pixels that aren't opaque. Such a pixel keeps the colour that the file has for it; alpha
	// is dropped, as Pillow's convert("RGB") does.
	Transparent int
	// Turned files were brought upright by the orientation in their EXIF block.
	Turned int
	// Skipped files hold no picture that can be read; Of is the number of all, with them.
	Skipped []Skipped
	Of      int
	// Fitted tells how the pictures were brought to one size; its zero value is of pictures that are taken as they are.
	Fitted fit.Counts
}

// Remarks are what a user should know, a line each, and none about an ordinary folder.
func (f Found) Remarks() (lines []string) {
	if len(f.PassedOver) > 0 {
		lines = append(lines, "passed over: "+joined(f.PassedOver))
	}
	if len(f.Skipped) > 0 {
		lines = append(lines, f.skippedLine())
	}
	if fitted := f.Fitted.String(); fitted != "" {
		lines = append(lines, "fitted: "+fitted)
	}
	if f.Transparent > 0 {
		lines = append(lines, fmt.Sprintf("transparent: %d of the pictures; alpha is dropped, colours stay",
			f.Transparent))
	}
	if f.Turned > 0 {
		lines = append(lines, fmt.Sprintf("turned upright: %d of the pictures, by their EXIF orientation", f.Turned))
	}
	return lines
}
