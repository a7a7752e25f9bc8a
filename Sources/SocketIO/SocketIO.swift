// Licensed under the MIT licence.
