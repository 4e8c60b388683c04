TITLE = 'My application'
